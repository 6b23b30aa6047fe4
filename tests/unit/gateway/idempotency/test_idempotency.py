"""The same key and request: the same answer; another request: 409; a dead one's claim ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.gateway.idempotency.idempotency import (
    CLAIM_FOR,
    KEPT_FOR,
    Answer,
    Claim,
    ClaimVerdict,
    claim_of,
    claim_refusal,
    find_idempotency_key,
    is_kept,
    judge_claim,
    select_headers,
)
from shared.problem import Problem
from shared.secrecy.sealing import Seal
from tests.unit.gateway.builders import NOW

pytestmark = pytest.mark.unit

ANSWER = Answer(201, [(b"location", b"/x")], b"{}")


def make_claim(body: bytes = b"{}", **changes: Any) -> Claim:
    """The claim of a POST to /incidents by the API key `key_1` under the idempotency key `k`."""
    plain = claim_of("key_1", "k", method="POST", target=b"/incidents", body=body, holder="h1", now=NOW)
    return replace(plain, **changes)


@pytest.mark.parametrize(
    "stored,later,verdict",
    [
        pytest.param(None, timedelta(), ClaimVerdict.CARRY_OUT, id="never seen"),
        pytest.param(make_claim(), timedelta(), ClaimVerdict.UNDER_WAY, id="the first one has no answer yet"),
        pytest.param(make_claim(), CLAIM_FOR, ClaimVerdict.CARRY_OUT, id="who answers the first one has died"),
        pytest.param(make_claim(answer=ANSWER), CLAIM_FOR, ClaimVerdict.REPLAY, id="answered"),
        pytest.param(
            make_claim(answered=True), CLAIM_FOR, ClaimVerdict.UNREADABLE, id="answered under a secret of before"
        ),
        pytest.param(make_claim(answer=ANSWER), KEPT_FOR, ClaimVerdict.CARRY_OUT, id="forgotten after a day"),
        pytest.param(make_claim(b"[]", answer=ANSWER), timedelta(), ClaimVerdict.OTHER_REQUEST, id="another body"),
        pytest.param(make_claim(b"[]"), CLAIM_FOR, ClaimVerdict.OTHER_REQUEST, id="another body, still under way"),
    ],
)
def test_what_is_stored_decides(stored: Claim | None, later: timedelta, verdict: ClaimVerdict) -> None:
    assert judge_claim(make_claim(holder="h2"), stored, NOW + later) is verdict


def test_a_key_belongs_to_the_api_key_that_it_came_with() -> None:
    other = claim_of("key_2", "k", method="POST", target=b"/incidents", body=b"{}", holder="h", now=NOW)
    assert other.id != make_claim().id


@pytest.mark.parametrize("target", [b"/services", b"/incidents?x=1"], ids=["another path", "another query"])
def test_another_address_is_another_request(target: bytes) -> None:
    other = claim_of("key_1", "k", method="POST", target=target, body=b"{}", holder="h", now=NOW)
    assert other.id == make_claim().id
    assert judge_claim(other, make_claim(answer=ANSWER), NOW) is ClaimVerdict.OTHER_REQUEST


@pytest.mark.parametrize(
    "value", [b"", b"  ", b"x" * 256, b"a\tb", b"\xe9"], ids=["empty", "blank", "too long", "a tab", "not ASCII"]
)
def test_a_key_that_is_none_is_refused_with_its_pointer(value: bytes) -> None:
    with pytest.raises(Problem) as caught:
        find_idempotency_key([(b"idempotency-key", value)])
    assert caught.value.status == 400
    assert caught.value.errors[0].pointer == "/Idempotency-Key"


def test_two_keys_are_none() -> None:
    with pytest.raises(Problem):
        find_idempotency_key([(b"idempotency-key", b"a"), (b"idempotency-key", b"b")])


def test_a_key_is_read_where_there_is_one() -> None:
    assert find_idempotency_key([(b"idempotency-key", b" a ")]) == "a"
    assert find_idempotency_key([(b"content-type", b"text/plain")]) is None


@pytest.mark.parametrize(
    "status,kept", [(200, True), (201, True), (409, True), (422, True), (408, False), (429, False), (503, False)]
)
def test_failures_that_may_pass_are_not_kept(status: int, kept: bool) -> None:
    assert is_kept(status) is kept


def test_headers_that_belong_to_one_exchange_are_not_kept() -> None:
    headers = [(b"Content-Length", b"2"), (b"location", b"/x"), (b"x-request-id", b"r"), (b"set-cookie", b"s")]
    assert select_headers(headers) == [(b"location", b"/x")]


def test_refusals_tell_two_cases_apart() -> None:
    other, under_way = claim_refusal(ClaimVerdict.OTHER_REQUEST), claim_refusal(ClaimVerdict.UNDER_WAY)
    assert (other.status, other.code) == (409, "idempotency_key_reused")
    assert (under_way.status, under_way.code) == (409, "still_under_way")
    assert under_way.headers["Retry-After"] == "1"


def test_what_is_sealed_is_read_again_with_the_same_secret_only() -> None:
    sealed = Seal("secret", "tests").close(b"tk_1")
    assert "tk_1" not in sealed
    assert Seal("secret", "tests").open(sealed) == b"tk_1"
    assert Seal("secret", "other").open(sealed) is None
    assert Seal("other", "tests").open(sealed) is None
