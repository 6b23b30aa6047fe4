"""What is believed to be Jira's, how much of it is signed, and what it tells."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.comms.tickets.jira_format import seen_of
from services.comms.tickets.jira_webhook import (
    MOST_BYTES,
    MOST_SIGNED_BYTES,
    is_proven,
    most_bytes_for,
    read_webhook,
    require_proof,
)
from shared.problem import Problem
from tests.unit.comms.tickets.builders import make_place

pytestmark = pytest.mark.unit

GOOD = "sha256=" + "0a" * 32


@pytest.mark.parametrize(
    "signature, secret, believed",
    [
        pytest.param(None, None, False, id="neither"),
        pytest.param(GOOD, None, True, id="a signature"),
        pytest.param(None, "a secret", True, id="a secret in the address"),
        pytest.param("", "a secret", False, id="an empty signature beside it"),
        pytest.param("sha1=" + "0a" * 20, None, False, id="another kind of signature"),
        pytest.param(GOOD + "0", None, False, id="one too long"),
        pytest.param("sha256=" + "zz" * 32, None, False, id="no hexadecimal"),
    ],
)
def test_what_can_not_be_proven_is_refused_before_anything_is_read(
    signature: str | None, secret: str | None, believed: bool
) -> None:
    if believed:
        require_proof(signature, secret)
    else:
        with pytest.raises(Problem) as refused:
            require_proof(signature, secret)
        assert refused.value.status == 401


@pytest.mark.parametrize("projects", [0, 1, 8, 9, 100, 1000])
def test_what_is_signed_for_all_projects_together_has_a_limit(projects: int) -> None:
    most = most_bytes_for(projects)
    assert most <= MOST_BYTES
    assert most * projects <= MOST_SIGNED_BYTES
    assert most_bytes_for(8) == MOST_BYTES


def test_a_signature_is_judged_alone_where_there_is_one() -> None:
    assert not is_proven("a secret", GOOD, "a secret", b"{}")
    assert is_proven("a secret", None, "a secret", b"{}")


def told(key: Any, **fields: Any) -> bytes:
    return json.dumps({"webhookEvent": "jira:issue_updated", "issue": {"key": key, "fields": fields}}).encode()


@pytest.mark.parametrize(
    "key", ["\ud800", "OPS-1\ud800", "OPS-1\n", "OPS", "-1", "OPS-1/../2", "٣-1", "OPS-" + "1" * 20, 7, None, ["OPS-1"]]
)
def test_a_key_that_is_none_is_pointed_at(key: Any) -> None:
    with pytest.raises(Problem) as refused:
        read_webhook(told(key))
    assert (refused.value.status, [fault.pointer for fault in refused.value.errors or ()]) == (400, ["/issue/key"])


@pytest.mark.parametrize("key", ["OPS-1", "ops_2-99", "A1-1234567890"])
def test_a_key_is_taken_as_it_is(key: str) -> None:
    found = read_webhook(told(key))
    assert found is not None
    assert found.key == key


def test_words_of_jira_can_be_stored_whatever_they_are() -> None:
    status = {"name": "Do\ud800ne", "statusCategory": {"key": "done"}}
    seen = seen_of({"key": "OPS-1\ud800", "fields": {"status": status}}, make_place())
    assert seen is not None
    for text in (seen.key, seen.status, seen.url):
        text.encode()
