"""Overrides and swaps with any start and end around now: whatever is made, taken or taken back, the past stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.oncall.schedules.plan import (
    OverrideKind,
    OverrideRequest,
    Schedule,
    Swap,
    SwapRequest,
    SwapState,
    TimeSpan,
)
from services.oncall.schedules.revisions import from_now_on, require_to_come, with_override, without_override
from services.oncall.schedules.shifts import on_call, shifts
from services.oncall.schedules.swaps import add_offer, take_offer, withdraw_offer
from shared.problem import Problem
from tests.unit.oncall.schedules.test_shifts_properties import PEOPLE, schedules

pytestmark = pytest.mark.unit

MOMENT = timedelta(microseconds=1)
MINUTES = st.one_of(st.integers(-6 * 1440, 6 * 1440), st.integers(0, 4000), st.sampled_from([-1, 0, 1]))
"""From now on or back; often about now itself."""


Act = Callable[[st.DataObject, Schedule, datetime, str], Schedule]
"""What somebody asks for now; whatever it makes gets this name."""


@st.composite
def spans(draw: st.DrawFn, now: datetime) -> TimeSpan:
    """A span that is over, is on, or is to come."""
    start, end = sorted(draw(st.lists(MINUTES, min_size=2, max_size=2, unique=True)))
    return TimeSpan(start=now + timedelta(minutes=start), end=now + timedelta(minutes=end))


@st.composite
def requests(draw: st.DrawFn, now: datetime) -> OverrideRequest:
    kind = draw(st.sampled_from(list(OverrideKind)))
    replaces = draw(st.one_of(st.none(), PEOPLE)) if kind is OverrideKind.REPLACE else None
    span = draw(spans(now))
    return OverrideRequest(kind=kind, user_id=draw(PEOPLE), replaces=replaces, start=span.start, end=span.end)


def tried(act: Callable[[], Schedule], schedule: Schedule) -> tuple[Schedule, Problem | None]:
    """The schedule after an act, or as it was and why it was refused."""
    try:
        return act(), None
    except Problem as problem:
        return schedule, problem


def made(data: st.DataObject, schedule: Schedule, now: datetime, name: str) -> Schedule:
    """An override for any time: refused where it is over, else from now on."""
    wanted = data.draw(requests(now))
    after, problem = tried(lambda: with_override(schedule, name, from_now_on(wanted, now)), schedule)
    if problem is not None:
        assert wanted.end <= now
        assert (problem.status, problem.errors[0].pointer) == (422, "/end")
    else:
        assert (after.overrides[-1].start, after.overrides[-1].end) == (max(wanted.start, now), wanted.end)
    return after


def taken_back(data: st.DataObject, schedule: Schedule, now: datetime, name: str) -> Schedule:
    """Any override, also one that is over: only that is refused."""

    def act() -> Schedule:
        require_to_come(schedule, chosen.id, now)
        return without_override(schedule, chosen.id, now)

    chosen = data.draw(st.sampled_from(schedule.overrides))
    after, problem = tried(act, schedule)
    assert (problem and problem.status) == (409 if chosen.end <= now else None)
    return after


def swap_offered(data: st.DataObject, schedule: Schedule, now: datetime, name: str) -> Schedule:
    """A swap for any time, of anybody: refused where it is over."""
    span = data.draw(spans(now))
    offer = SwapRequest(user_id=data.draw(PEOPLE), start=span.start, end=span.end)
    after, problem = tried(lambda: add_offer(schedule, name, offer, now), schedule)
    assert problem.status == 422 if problem else after.swaps[-1].start == max(offer.start, now)
    return after


def swap_taken(data: st.DataObject, schedule: Schedule, now: datetime, name: str) -> Schedule:
    """Any open swap, also one that has begun meanwhile or is over."""
    swap, user = data.draw(st.sampled_from(still_offered(schedule))), data.draw(PEOPLE)
    after, problem = tried(lambda: take_offer(schedule, swap.id, user, name, now), schedule)
    assert problem.status in (409, 422) if problem else after.overrides[-1].start == max(swap.start, now)
    return after


def swap_withdrawn(data: st.DataObject, schedule: Schedule, now: datetime, name: str) -> Schedule:
    return withdraw_offer(schedule, data.draw(st.sampled_from(still_offered(schedule))).id)


def still_offered(schedule: Schedule) -> list[Swap]:
    return [one for one in schedule.swaps if one.state is SwapState.OFFERED]


def acted(data: st.DataObject, schedule: Schedule, now: datetime, name: str) -> Schedule:
    """The schedule after one request at `now`, of any kind that there is something for."""
    kinds: list[Act] = [made, swap_offered]
    kinds += [taken_back] * 2 if schedule.overrides else []
    kinds += [swap_taken] * 4 + [swap_withdrawn] if still_offered(schedule) else []
    return data.draw(st.sampled_from(kinds))(data, schedule, now, name)


def told(schedule: Schedule, since: datetime, now: datetime) -> list[tuple[datetime, datetime, str, str]]:
    return [(one.start, one.end, one.user_id, one.layer) for one in shifts(schedule, since, now).shifts]


@given(drawn=schedules(), waits=st.lists(st.integers(0, 36), min_size=3, max_size=8), data=st.data())
@settings(max_examples=40, deadline=None)
def test_no_override_and_no_swap_changes_who_was_on_call(
    drawn: tuple[Schedule, datetime], waits: list[int], data: st.DataObject
) -> None:
    schedule, now = drawn
    since = now - timedelta(days=6)
    was: dict[datetime, frozenset[str]] = {}
    for number, hours in enumerate(waits):
        moments = [now - MOMENT, *(now - timedelta(hours=one) for one in range(1, 140, 9))]
        was = {at: on_call(schedule, at) for at in moments} | was
        before = schedule
        schedule = acted(data, schedule, now, f"made-{number}")
        assert told(schedule, since, now) == told(before, since, now)
        now += timedelta(hours=hours)
    assert {at: on_call(schedule, at) for at in was} == was
