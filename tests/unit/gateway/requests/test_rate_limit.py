from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.requests.rate_limit import Limiter, take

pytestmark = pytest.mark.unit


def test_a_second_worth_may_come_at_once_and_then_no_more() -> None:
    limiter = Limiter(rate=5)
    assert [limiter.take("a", 0.0).allowed for _ in range(6)] == [True] * 5 + [False]


def test_the_refusal_says_when_the_next_one_goes_through() -> None:
    limiter = Limiter(rate=2)
    for _ in range(2):
        limiter.take("a", 0.0)
    refused = limiter.take("a", 0.0)
    assert refused.retry_after_seconds == 0.5
    assert limiter.take("a", 0.5).allowed


def test_callers_do_not_use_up_each_others_share() -> None:
    limiter = Limiter(rate=1)
    assert limiter.take("a", 0.0).allowed
    assert limiter.take("b", 0.0).allowed


def test_a_slow_rate_still_lets_a_first_request_through() -> None:
    assert take(None, 0.0, rate=0.1).allowed


def test_many_callers_do_not_fill_the_memory() -> None:
    limiter = Limiter(rate=1, capacity=3)
    for number in range(10):
        limiter.take(str(number), 0.0)
    assert limiter.take("0", 0.0).allowed, "the oldest was forgotten"
    assert not limiter.take("9", 0.0).allowed, "the newest was not"


@given(st.lists(st.floats(min_value=0, max_value=0.2), min_size=1, max_size=200), st.integers(1, 50))
def test_never_more_than_a_burst_and_the_rate_over_any_time(gaps: list[float], rate: int) -> None:
    bucket, now, passed = None, 0.0, 0
    for gap in gaps:
        now += gap
        verdict = take(bucket, now, rate=rate)
        bucket = verdict.bucket
        passed += verdict.allowed
    assert passed <= rate + rate * now + 1e-6
