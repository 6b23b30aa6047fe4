"""Properties of any schedule: shifts and instants agree, time is tiled, and a plain second opinion says the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.oncall.schedules.plan import Layer, Override, OverrideKind, Schedule
from services.oncall.schedules.shifts import on_call, shifts
from tests.unit.oncall import naive
from tests.unit.oncall.schedule_builders import make_layer, make_schedule, utc

pytestmark = pytest.mark.unit

ZONES = ("UTC", "Europe/Berlin", "Asia/Tehran", "America/Sao_Paulo", "Australia/Lord_Howe", "Antarctica/Casey")
BEGIN = datetime.fromisoformat("2018-01-01T00:00:00")
PEOPLE = st.sampled_from(["a", "b", "c", "d"])
CLOCK = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from([0, 30]))


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    """A layer that began in 2018, on the hour or half past it."""
    begin = BEGIN + timedelta(minutes=30 * draw(st.integers(0, 48 * 400)))
    restriction = st.fixed_dictionaries(
        {
            "weekdays": st.lists(st.sampled_from(["mon", "tue", "sat", "sun"]), min_size=1, max_size=3),
            "from": CLOCK,
            "to": CLOCK,
        }
    )
    rest: dict[str, Any] = {
        "unit": draw(st.sampled_from(["hour", "day", "week", "month"])),
        "turn_length": draw(st.integers(1, 3)),
        "every": draw(st.integers(1, 3)),
        "priority": draw(st.integers(1, 2)),
        "starts_at": begin.isoformat(),
        "restrictions": draw(st.lists(restriction, max_size=2)),
    }
    return make_layer(*draw(st.lists(st.one_of(PEOPLE, st.none()), min_size=1, max_size=4)), **rest)


@st.composite
def overrides(draw: st.DrawFn, near: datetime) -> Override:
    """An override within the fortnight around `near`."""
    kind = draw(st.sampled_from(list(OverrideKind)))
    start = near + timedelta(hours=draw(st.integers(-168, 168)))
    end = start + timedelta(hours=draw(st.integers(1, 72)))
    replaces = draw(st.one_of(st.none(), PEOPLE)) if kind is OverrideKind.REPLACE else None
    name = f"o{draw(st.integers(0, 10**6))}"
    return Override(id=name, kind=kind, user_id=draw(PEOPLE), replaces=replaces, start=start, end=end)


@st.composite
def schedules(draw: st.DrawFn) -> tuple[Schedule, datetime]:
    """A schedule and an instant around which to look at it, often one at which clocks jump."""
    jumps = ("03-10 17:00", "03-25 01:00", "10-28 01:00", "11-04 03:00", "02-18 02:00", "04-07 15:00", "03-21 20:30")
    near = utc(f"2018-{draw(st.sampled_from(jumps))}") + timedelta(days=draw(st.sampled_from([0, 0, 364, 700])))
    made = tuple(draw(st.lists(overrides(near), max_size=4, unique_by=lambda override: override.id)))
    plan = draw(st.lists(layers(), min_size=1, max_size=3))
    return make_schedule(*plan, zone=draw(st.sampled_from(ZONES)), overrides=made), near


@given(drawn=schedules(), minutes=st.lists(st.integers(-7 * 1440, 7 * 1440), min_size=1, max_size=20))
@settings(max_examples=150, deadline=None)
def test_every_instant_has_exactly_the_people_the_shifts_say(
    drawn: tuple[Schedule, datetime], minutes: list[int]
) -> None:
    schedule, near = drawn
    start, end = near - timedelta(days=7), near + timedelta(days=7)
    roster = shifts(schedule, start, end)
    instants = [near + timedelta(minutes=minute) for minute in minutes]
    for edge in roster.shifts:
        instants += [edge.start, edge.end - timedelta(microseconds=1)]
    for at in instants:
        people = {shift.user_id for shift in roster.shifts if shift.start <= at < shift.end}
        assert on_call(schedule, at) == people or at >= end
        assert (not people) == any(begin <= at < stop for begin, stop in roster.gaps) or at >= end


@given(drawn=schedules())
@settings(max_examples=100, deadline=None)
def test_shifts_and_gaps_tile_the_span(drawn: tuple[Schedule, datetime]) -> None:
    schedule, near = drawn
    start, end = near - timedelta(days=7), near + timedelta(days=7)
    roster = shifts(schedule, start, end)
    assert all(start <= shift.start < shift.end <= end for shift in roster.shifts)
    reached = start
    for begin, stop in sorted([(s.start, s.end) for s in roster.shifts] + list(roster.gaps)):
        assert begin <= reached
        assert (begin, stop) not in roster.gaps or begin == reached
        reached = max(reached, stop)
    assert reached == end


@given(drawn=schedules(), hours=st.integers(1, 13 * 24))
@settings(max_examples=60, deadline=None)
def test_a_span_asked_for_in_two_parts_says_the_same(drawn: tuple[Schedule, datetime], hours: int) -> None:
    schedule, near = drawn
    start, end = near - timedelta(days=7), near + timedelta(days=7)
    middle = start + timedelta(hours=hours)
    whole = shifts(schedule, start, end)
    parts = shifts(schedule, start, middle), shifts(schedule, middle, end)
    for at in (start, middle, middle - timedelta(seconds=1), middle + timedelta(hours=5)):
        part = parts[0] if at < middle else parts[1]
        assert {s.user_id for s in whole.shifts if s.start <= at < s.end} == {
            s.user_id for s in part.shifts if s.start <= at < s.end
        }


@given(
    layer=layers(),
    zone=st.sampled_from(ZONES),
    minutes=st.lists(st.integers(-3, 2 * 24 * 300), min_size=1, max_size=6),
)
@settings(max_examples=60, deadline=None)
def test_turn_arithmetic_agrees_with_walking_every_unit(layer: Layer, zone: str, minutes: list[int]) -> None:
    schedule = make_schedule(layer, zone=zone)
    for minute in minutes:
        at = layer.starts_at.replace(tzinfo=UTC) + timedelta(minutes=10 * minute)
        assert on_call(schedule, at) == naive.on_call(schedule, at)


@given(drawn=schedules(), minute=st.integers(-240, 240))
@settings(max_examples=60, deadline=None)
def test_around_a_jump_of_the_clocks_the_second_opinion_agrees(drawn: tuple[Schedule, datetime], minute: int) -> None:
    schedule, near = drawn
    slow = [layer for layer in schedule.revisions[0].layers if layer.rotation.unit != "hour"]
    if slow:
        plain = make_schedule(*slow, zone=schedule.revisions[0].time_zone)
        at = near + timedelta(minutes=minute)
        assert on_call(plain, at) == naive.on_call(plain, at)
