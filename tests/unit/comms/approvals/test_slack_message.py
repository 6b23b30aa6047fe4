"""What is asked in Slack: within its limits whatever is in it, with two buttons until it is decided."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.comms.approvals.approval_request import apply_settled
from services.comms.approvals.slack_message import content, message
from services.comms.approvals.texts import WORDS, refusal_text
from services.comms.people.reader import Reader
from services.comms.slack.requests import APPROVE, REJECT
from shared.events.automation import ApprovalOutcome
from shared.secrecy.approval_links import read_approval_token
from shared.testing.peers.slack_limits import fault_of
from tests.unit.comms.approvals.test_approval_request import make_request, settled
from tests.unit.comms.builders import NOON

pytestmark = pytest.mark.unit

SECRET = "a secret of the tests"
SARA = Reader(id="sara", name="Sara", locale="en")


def buttons(members: dict[str, Any]) -> dict[str, dict[str, Any]]:
    rows = [block["elements"] for block in members["blocks"] if block["type"] == "actions"]
    return {one["action_id"]: one for row in rows for one in row}


@pytest.mark.parametrize("locale", sorted(WORDS))
def test_it_asks_with_two_buttons_that_carry_the_readers_own_claim(locale: str) -> None:
    request = make_request()
    shown = buttons(message(request, SARA.changed(locale=locale), "D1", "https://x", SECRET))
    assert shown[APPROVE]["value"] == shown[REJECT]["value"]
    claim = read_approval_token(SECRET, shown[APPROVE]["value"])
    assert (claim.execution_id, claim.n, claim.user_id, claim.locale) == (
        request.execution_id,
        request.n,
        "sara",
        locale,
    )
    assert shown[APPROVE]["text"]["text"] == WORDS[locale]["approve"]


@pytest.mark.parametrize("outcome", [one for one in ApprovalOutcome if one is not ApprovalOutcome.REFUSED])
@pytest.mark.parametrize("locale", sorted(WORDS))
def test_once_decided_it_says_so_and_has_no_buttons_to_answer(outcome: ApprovalOutcome, locale: str) -> None:
    request = make_request()
    after = apply_settled(request, settled(request, outcome), NOON)
    members = content(after, SARA.changed(locale=locale), "https://x", SECRET, by="Kenji")
    assert not {APPROVE, REJECT} & buttons(members).keys()
    assert WORDS[locale][outcome.value].format(by="Kenji") in members["text"]


def test_a_drill_says_that_it_is_one() -> None:
    members = content(make_request(), SARA, "https://x", SECRET, by="")
    assert members["text"].startswith("[DRILL]")
    assert "[DRILL]" not in content(make_request().changed(drill_id=None), SARA, "https://x", SECRET, by="")["text"]


@given(st.text(max_size=4000), st.text(max_size=12_000))
def test_it_fits_whatever_is_in_it(asks: str, name: str) -> None:
    request = make_request().changed(asks=asks, step_name=name, runbook_name=name, incident_title=name, started_by=name)
    assert fault_of(message(request, SARA, "D1", "https://x", SECRET)) is None


def test_every_language_has_every_word() -> None:
    assert {frozenset(words) for words in WORDS.values()} == {frozenset(WORDS["en"])}
    assert refusal_text("fa", "something-new") == WORDS["fa"]["not_waiting"]
