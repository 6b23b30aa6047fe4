"""The past is history: no edit changes what was said of it; overrides stay in their span; weeks follow the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.oncall.schedules.plan import OverrideRequest, Schedule
from services.oncall.schedules.revisions import replan, with_override, without_override
from services.oncall.schedules.shifts import Roster, on_call, shifts
from tests.unit.oncall.schedule_builders import make_layer, make_schedule, utc
from tests.unit.oncall.schedules.test_shifts_properties import ZONES, layers, overrides, schedules

pytestmark = pytest.mark.unit

DAY = timedelta(days=1)


def people_in(roster: Roster, at: datetime) -> set[str]:
    return {shift.user_id for shift in roster.shifts if shift.start <= at < shift.end}


def edited(data: st.DataObject, schedule: Schedule, now: datetime, number: int) -> Schedule:
    """The schedule after one edit at `now`, of any kind; an override is made for now or later."""
    kind = data.draw(st.sampled_from(["plan", "override", "take back"]))
    if kind == "plan":
        plan = make_schedule(*data.draw(st.lists(layers(), max_size=2)), zone=data.draw(st.sampled_from(ZONES)))
        return replan(schedule, "new", None, plan.plan, now)
    if kind == "override":
        drawn = data.draw(overrides(now))
        start = max(drawn.start, now)
        fields = drawn.model_dump(exclude={"id"}) | {"start": start, "end": max(drawn.end, start + timedelta(hours=1))}
        return with_override(schedule, f"made-{number}", OverrideRequest.model_validate(fields))
    if not schedule.overrides:
        return schedule
    return without_override(schedule, data.draw(st.sampled_from(schedule.overrides)).id, now)


@given(drawn=schedules(), waits=st.lists(st.integers(1, 96), min_size=1, max_size=6), data=st.data())
@settings(max_examples=100, deadline=None)
def test_no_edit_changes_who_was_on_call_before_it(
    drawn: tuple[Schedule, datetime], waits: list[int], data: st.DataObject
) -> None:
    schedule, now = drawn
    since = now - 3 * DAY
    was: dict[datetime, frozenset[str]] = {}
    for number, hours in enumerate(waits):
        was |= {
            at: on_call(schedule, at) for at in (now - timedelta(hours=h) for h in range(1, 72, 7)) if at not in was
        }
        was[now - timedelta(seconds=1)] = on_call(schedule, now - timedelta(seconds=1))
        before = schedule
        schedule = edited(data, schedule, now, number)
        assert shifts_before(schedule, since, now) == shifts_before(before, since, now)
        now += timedelta(hours=hours)
    assert {at: on_call(schedule, at) for at in was} == was
    told = shifts(schedule, since, now)
    assert all(people_in(told, at) == people for at, people in was.items() if since <= at)


def shifts_before(schedule: Schedule, since: datetime, now: datetime) -> list[tuple[datetime, datetime, str]]:
    return [(shift.start, shift.end, shift.user_id) for shift in shifts(schedule, since, now).shifts]


@given(drawn=schedules(), data=st.data(), minutes=st.lists(st.integers(-9 * 1440, 9 * 1440), max_size=30))
@settings(max_examples=100, deadline=None)
def test_an_override_changes_nothing_outside_its_span(
    drawn: tuple[Schedule, datetime], data: st.DataObject, minutes: list[int]
) -> None:
    schedule, near = drawn
    made = data.draw(overrides(near))
    after = schedule.model_copy(update={"overrides": [*schedule.overrides, made]})
    edges = [made.start - timedelta(microseconds=1), made.end, near]
    for at in edges + [near + timedelta(minutes=minute) for minute in minutes]:
        if not made.start <= at < made.end:
            assert on_call(after, at) == on_call(schedule, at)


@given(zone=st.sampled_from(ZONES), week=st.integers(0, 430), hour=st.integers(0, 23))
@settings(max_examples=150, deadline=None)
def test_a_weekly_shift_lasts_a_week_on_the_wall_clock(zone: str, week: int, hour: int) -> None:
    schedule = make_schedule(make_layer("a", "b", starts_at=f"2018-01-01T{hour:02d}:00:00"), zone=zone)
    around = utc("2018-01-04 00:00") + timedelta(weeks=week)
    roster = shifts(schedule, around - timedelta(weeks=3), around + timedelta(weeks=3))
    shift = next(shift for shift in roster.shifts if shift.start <= around < shift.end)
    moved = offset(shift.end, zone) - offset(shift.start, zone)
    length = shift.end - shift.start
    assert (
        length + moved == timedelta(weeks=1)
        or is_in_gap_or_fold(shift.start, zone)
        or is_in_gap_or_fold(shift.end, zone)
    )


@pytest.mark.parametrize(
    "at, hours",
    [
        pytest.param("2026-03-27 00:00", 167, id="spring"),
        pytest.param("2026-10-24 00:00", 169, id="autumn"),
        pytest.param("2026-06-10 00:00", 168, id="any other"),
    ],
)
@pytest.mark.parametrize("hour", range(4, 24))
def test_a_week_over_a_change_of_the_clocks_has_an_hour_less_or_more(at: str, hours: int, hour: int) -> None:
    schedule = make_schedule(make_layer("a", "b", starts_at=f"2026-01-05T{hour:02d}:00:00"))
    roster = shifts(schedule, utc("2026-01-01 00:00"), utc("2026-12-31 00:00"))
    shift = next(shift for shift in roster.shifts if shift.start <= utc(at) < shift.end)
    assert (shift.end - shift.start) == timedelta(hours=hours)


def offset(at: datetime, zone: str) -> timedelta:
    found = at.astimezone(ZoneInfo(zone)).utcoffset()
    assert found is not None
    return found


def is_in_gap_or_fold(at: datetime, zone: str) -> bool:
    """Clocks jump within half a day of it, so that its local time may be left out or come twice."""
    half = timedelta(hours=12)
    return offset(at - half, zone) != offset(at.astimezone(UTC) + half, zone)
