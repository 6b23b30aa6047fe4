"""What is put away of a schedule's past is found again, and changes nobody at any time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.oncall.schedules.history import KEPT_REVISIONS, OVERRIDE_LIMIT, Volume, put_away, reunite
from services.oncall.schedules.plan import OverrideRequest, Schedule
from services.oncall.schedules.revisions import replan, with_override
from services.oncall.schedules.shifts import on_call, shifts
from shared.problem import Problem
from tests.unit.oncall.schedule_builders import make_layer, make_schedule, utc

pytestmark = pytest.mark.unit

BEGIN = utc("2026-03-01 12:00")
DAY = timedelta(days=1)


def add(schedule: Schedule, number: int, user: str, start: datetime, end: datetime) -> Schedule:
    fields = {"kind": "replace", "user_id": user, "start": start.isoformat(), "end": end.isoformat()}
    return with_override(schedule, f"o{number}", OverrideRequest.model_validate(fields))


def edited(times: int) -> Schedule:
    """A schedule that was edited every day, each time with somebody else on call."""
    schedule = make_schedule(make_layer("u0"))
    for day in range(1, times + 1):
        other = make_schedule(make_layer(f"u{day}")).plan
        schedule = replan(schedule, "plan", None, other, BEGIN + day * DAY)
    return schedule


def test_a_short_past_stays_where_it_is() -> None:
    schedule = add(edited(KEPT_REVISIONS - 1), 1, "x", BEGIN, BEGIN + DAY)
    assert put_away(schedule, BEGIN + 1000 * DAY) == (schedule, None)


def test_a_long_past_is_put_away_and_told_when_it_is_asked_for() -> None:
    schedule = edited(KEPT_REVISIONS + 10)
    left, volume = put_away(schedule, BEGIN + 1000 * DAY)
    assert volume is not None
    assert (len(left.revisions), len(volume.revisions)) == (1, KEPT_REVISIONS + 10)
    assert left.known_from == volume.end == BEGIN + (KEPT_REVISIONS + 10) * DAY
    assert reunite(left, [volume]).revisions == schedule.revisions


def test_overrides_to_come_stay_and_one_too_many_is_refused_before_anything_is_lost() -> None:
    schedule = make_schedule()
    for number in range(OVERRIDE_LIMIT):
        schedule = add(schedule, number, "x", BEGIN + DAY, BEGIN + 2 * DAY)
    assert put_away(schedule, BEGIN) == (schedule, None)
    with pytest.raises(Problem) as refused:
        add(schedule, 5000, "x", BEGIN + DAY, BEGIN + 2 * DAY)
    assert (refused.value.status, refused.value.code) == (409, "too_many_overrides")
    left, _ = put_away(schedule, BEGIN + 3 * DAY)
    assert add(left, 5000, "x", BEGIN + 4 * DAY, BEGIN + 5 * DAY).overrides[-1].number == OVERRIDE_LIMIT + 1


def test_a_volume_that_was_written_for_nothing_changes_nothing() -> None:
    schedule = edited(KEPT_REVISIONS + 1)
    _, volume = put_away(schedule, BEGIN + 1000 * DAY)
    assert volume is not None
    assert reunite(schedule, [volume, volume]) == schedule


EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("plan"), st.sampled_from("abcd"), st.integers(0, 0), st.integers(1, 1)),
        st.tuples(st.just("override"), st.sampled_from("abcd"), st.integers(-30, 30), st.integers(1, 20)),
    ),
    min_size=10,
    max_size=60,
)


@given(edits=EDITS, hours=st.lists(st.integers(-100, 800), min_size=5, max_size=20))
@settings(max_examples=60, deadline=None)
def test_who_was_on_call_is_the_same_with_and_without_putting_away(
    edits: list[tuple[str, str, int, int]], hours: list[int]
) -> None:
    plain = tidied = make_schedule(make_layer("a", "b", unit="day"))
    volumes: list[Volume] = []
    for number, (kind, user, offset, length) in enumerate(edits):
        now = BEGIN + timedelta(hours=5 * number)
        full = tidied
        if number % 7 == 6:
            full, volume = put_away(tidied, now, kept_revisions=1, kept_overrides=0)
            volumes += [volume] if volume else []
        if kind == "plan":
            other = make_schedule(make_layer(user, unit="day")).plan
            plain, tidied = (replan(one, "plan", None, other, now) for one in (plain, full))
        else:
            start = now + timedelta(hours=offset)
            end = start + timedelta(hours=length)
            plain, tidied = (add(one, number, user, start, end) for one in (plain, full))
    for hour in hours:
        at = BEGIN + timedelta(hours=hour)
        whole = reunite(tidied, [one for one in volumes if one.start <= at < one.end])
        assert on_call(whole, at) == on_call(plain, at)
    span = BEGIN + timedelta(hours=min(hours)), BEGIN + timedelta(hours=max(hours) + 1)
    meeting = [one for one in volumes if one.start < span[1] and span[0] < one.end]
    told, known = shifts(reunite(tidied, meeting), *span), shifts(plain, *span)
    assert told.gaps == known.gaps
    assert {(s.start, s.end, s.user_id) for s in told.shifts} == {(s.start, s.end, s.user_id) for s in known.shifts}
