"""Swaps: an offer changes nobody, taking it replaces the one who offered, and only there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.oncall.schedules.plan import Schedule, SwapRequest, SwapState
from services.oncall.schedules.revisions import without_override
from services.oncall.schedules.shifts import on_call
from services.oncall.schedules.swaps import add_offer, find_swap, take_offer, withdraw_offer
from shared.problem import Problem
from tests.unit.oncall.schedule_builders import make_layer, make_schedule, utc

pytestmark = pytest.mark.unit

NOW = utc("2026-03-01 12:00")
INSIDE, OUTSIDE = utc("2026-03-03 12:00"), utc("2026-03-05 12:00")


def request(user: str = "a") -> SwapRequest:
    return SwapRequest(user_id=user, start=utc("2026-03-03 00:00"), end=utc("2026-03-04 00:00"))


def schedule(*layers: str) -> Schedule:
    made = make_schedule(*(make_layer(name) for name in layers or ("a",)))
    return add_offer(made, "s1", request(), NOW)


def test_an_untaken_swap_changes_nobody() -> None:
    assert on_call(schedule(), INSIDE) == {"a"}
    assert on_call(withdraw_offer(schedule(), "s1"), INSIDE) == {"a"}


def test_a_taken_swap_holds_in_its_span_and_takes_it_from_the_one_who_offered() -> None:
    after = take_offer(schedule("a", "b"), "s1", "c", "o1", NOW)
    assert on_call(after, INSIDE) == {"b", "c"}
    assert on_call(after, OUTSIDE) == {"a", "b"}
    swap = find_swap(after, "s1")
    assert (swap.state, swap.taken_by, swap.override_id) == (SwapState.TAKEN, "c", after.overrides[-1].id)


def _both_taken(by: str) -> Schedule:
    """Two offers of one person whose spans meet, of which the first was taken."""
    meets = SwapRequest(user_id="a", start=utc("2026-03-03 12:00"), end=utc("2026-03-04 12:00"))
    return take_offer(add_offer(schedule(), "s2", meets, NOW), "s1", by, "o1", NOW)


def test_what_was_taken_back_can_be_given_away_again() -> None:
    free = without_override(_both_taken("b"), "o1", NOW)
    assert on_call(take_offer(free, "s2", "d", "o2", NOW), utc("2026-03-03 18:00")) == {"d"}


def test_a_swap_that_has_begun_holds_from_when_it_is_taken() -> None:
    after = take_offer(schedule(), "s1", "b", "o1", utc("2026-03-03 18:00"))
    assert on_call(after, INSIDE) == {"a"}
    assert on_call(after, utc("2026-03-03 18:00")) == {"b"}


@pytest.mark.parametrize(
    "act, status",
    [
        pytest.param(lambda: take_offer(schedule(), "s1", "a", "o1", NOW), 422, id="taken by oneself"),
        pytest.param(lambda: take_offer(schedule(), "none", "b", "o1", NOW), 404, id="unknown"),
        pytest.param(
            lambda: take_offer(take_offer(schedule(), "s1", "b", "o1", NOW), "s1", "c", "o2", NOW),
            409,
            id="taken already",
        ),
        pytest.param(lambda: take_offer(withdraw_offer(schedule(), "s1"), "s1", "c", "o2", NOW), 409, id="withdrawn"),
        pytest.param(
            lambda: withdraw_offer(take_offer(schedule(), "s1", "b", "o1", NOW), "s1"), 409, id="too late to withdraw"
        ),
        pytest.param(lambda: take_offer(schedule(), "s1", "b", "o1", utc("2026-03-04 00:00")), 409, id="it is over"),
        pytest.param(lambda: take_offer(_both_taken("b"), "s2", "d", "o2", NOW), 409, id="given away by another offer"),
        pytest.param(
            lambda: add_offer(make_schedule(), "s3", request("a"), utc("2026-03-04 00:00")), 422, id="the past"
        ),
        pytest.param(lambda: add_offer(make_schedule(), "s2", request("z"), NOW), 422, id="who has nothing to give"),
    ],
)
def test_what_can_not_be(act: Callable[[], object], status: int) -> None:
    with pytest.raises(Problem) as raised:
        act()
    assert raised.value.status == status
