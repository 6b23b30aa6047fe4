"""For any order, any edit and any moment: who is on duty and stays keeps the turn, and all others follow in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.oncall.schedules.plan import Layer, Schedule
from services.oncall.schedules.revisions import replan
from services.oncall.schedules.rotation import Turn, holder, latest_turn, turns
from services.oncall.schedules.shifts import on_call, shifts
from tests.unit.oncall.schedule_builders import make_layer, make_schedule, utc
from tests.unit.oncall.schedules.test_shifts_properties import CLOCK, ZONES, schedules

pytestmark = pytest.mark.unit

MOMENT = timedelta(microseconds=1)
ORDER = st.lists(st.one_of(st.sampled_from("abcdef"), st.none()), min_size=1, max_size=7).map(
    lambda order: order if any(order) else [*order, "a"]
)
"""People of whom some have several places, and places that are free."""
DAYS = st.sampled_from(["mon", "wed", "sun"])
HOURS = st.lists(
    st.fixed_dictionaries({"weekdays": st.lists(DAYS, min_size=1, unique=True), "from": CLOCK, "to": CLOCK}),
    max_size=2,
)


UNITS = {"hour": 1, "day": 24, "week": 168, "month": 720}


@st.composite
def rhythms(draw: st.DrawFn, near: datetime) -> dict[str, Any]:
    """How a layer hands off, from a local time up to 40 units before `near` on, seldom after it."""
    unit = draw(st.sampled_from(list(UNITS)))
    begin = near - timedelta(hours=draw(st.integers(-3, 40)) * UNITS[unit], minutes=30 * draw(st.integers(0, 47)))
    return {
        "unit": unit,
        "turn_length": draw(st.integers(1, 3)),
        "every": draw(st.integers(1, 3)),
        "starts_at": begin.replace(tzinfo=None, minute=begin.minute // 30 * 30).isoformat(),
    }


@st.composite
def orders_after(draw: st.DrawFn, before: list[str | None]) -> list[str | None]:
    """What an edit makes of an order: some leave, some come, or it is another one altogether."""
    if draw(st.integers(0, 3)) == 0:
        return draw(ORDER)
    order = [one for one in before if draw(st.integers(0, 3))]
    for user in draw(st.lists(st.sampled_from(["x", "y", "a", None]), max_size=2)):
        order.insert(draw(st.integers(0, len(order))), user)
    return order if any(order) else [*order, "z"]


JUMPS = ("03-25 00:30", "10-27 22:30", "11-04 02:30", "02-17 23:00", "03-21 19:00", "06-10 12:00")


@st.composite
def edits(draw: st.DrawFn) -> tuple[Schedule, Layer, datetime]:
    """A schedule of one layer that may have been edited before, its layer after the next edit, and when that is."""
    now = utc(f"2018-{draw(st.sampled_from(JUMPS))}") + timedelta(minutes=draw(st.integers(-600, 600)))
    rhythm = draw(rhythms(now))
    order = draw(ORDER)
    zone = draw(st.sampled_from(ZONES))
    schedule = make_schedule(make_layer(*order, **rhythm), zone=zone)
    for hours in sorted(draw(st.lists(st.integers(0, 100), max_size=2)), reverse=True):
        order = draw(orders_after(order))
        schedule = edited(schedule, make_layer(*order, **rhythm), now - timedelta(hours=hours))
    return schedule, make_layer(*draw(orders_after(order)), **rhythm), now


def edited(schedule: Schedule, layer: Layer, now: datetime) -> Schedule:
    plan = make_schedule(layer, zone=schedule.plan.time_zone).plan
    return replan(schedule, "x", None, plan, now)


def held(schedule: Schedule, now: datetime) -> tuple[str | None, int, bool] | None:
    """Who has the latest turn by the plan that holds, its number, and whether it is over."""
    layer = schedule.plan.in_turn[0]
    found = latest_turn(layer, schedule.plan.zone, now)
    return None if found is None else (holder(layer, found.number), found.number, found.is_over)


def turns_from(schedule: Schedule, first: int, count: int) -> list[Turn]:
    """The stretches of so many turns, from the number `first` on."""
    layer, found = schedule.plan.in_turn[0], list[Turn]()
    start = layer.starts_at.replace(tzinfo=UTC) - timedelta(days=2)
    for turn in turns(layer, schedule.plan.zone, start, utc("2200-01-01 00:00")):
        if turn.number >= first + count:
            break
        if turn.number >= first:
            found.append(turn)
    return found


@given(drawn=edits())
@settings(max_examples=80, deadline=None)
def test_who_is_on_duty_and_stays_is_on_duty_until_the_turn_ends(drawn: tuple[Schedule, Layer, datetime]) -> None:
    schedule, layer, now = drawn
    before, after = held(schedule, now), edited(schedule, layer, now)
    if before is None or before[0] not in layer.participants or before[0] is None:
        return
    user, number, _ = before
    for stretch in turns_from(schedule, number, 1):
        if now < stretch.end:
            assert on_call(after, max(stretch.start, now)) == on_call(after, stretch.end - MOMENT) == {user}
    kept = held(after, now)
    assert kept is not None
    assert kept[:2] == (user, number)


@given(drawn=edits())
@settings(max_examples=80, deadline=None)
def test_afterwards_everybody_of_the_new_order_comes_in_order(drawn: tuple[Schedule, Layer, datetime]) -> None:
    schedule, layer, now = drawn
    before, after = held(schedule, now), edited(schedule, layer, now)
    number = before[1] if before else 0
    size = len(layer.participants)
    found = {one.number: one.user_id for one in turns_from(after, number, 2 * size + 1)}
    order = [found[key] for key in sorted(found) if key > number or not before]
    if len(found) == 2 * size + 1:  # no turn fell into a jump of the clocks
        around = [order[step : step + size] for step in range(size)]
        rotated = [layer.participants[step:] + layer.participants[:step] for step in range(size)]
        assert all(one in rotated for one in around)
        stays = before is not None and before[0] is not None and before[0] in layer.participants
        if stays:
            places = [place for place, user in enumerate(layer.participants) if before and user == before[0]]
            assert order[:size] in [rotated[(place + 1) % size] for place in places]


@given(drawn=edits())
@settings(max_examples=80, deadline=None)
def test_nobody_is_taken_off_duty_without_somebody_else_in_mid_turn(drawn: tuple[Schedule, Layer, datetime]) -> None:
    schedule, layer, now = drawn
    assert not on_call(schedule, now) or on_call(edited(schedule, layer, now), now)


@given(drawn=edits(), hours=st.lists(st.integers(1, 2000), min_size=1, max_size=8))
@settings(max_examples=50, deadline=None)
def test_the_past_is_as_it_was(drawn: tuple[Schedule, Layer, datetime], hours: list[int]) -> None:
    schedule, layer, now = drawn
    after = edited(schedule, layer, now)
    for at in (now - MOMENT, *(now - timedelta(hours=one) for one in hours)):
        assert on_call(after, at) == on_call(schedule, at)


@given(drawn=edits(), hours=HOURS, other=HOURS)
@settings(max_examples=50, deadline=None)
def test_hours_only_take_away(
    drawn: tuple[Schedule, Layer, datetime], hours: list[dict[str, Any]], other: list[dict[str, Any]]
) -> None:
    """Restrictions, also others after the edit, say when somebody is on call, and never who has the turn."""
    schedule, layer, now = drawn
    fields = schedule.plan.layers[0].model_dump() | {"restrictions": hours}
    restricted = schedule.model_copy(
        update={"revisions": [edited(schedule, Layer.model_validate(fields), now - MOMENT).plan]}
    )
    after = edited(restricted, Layer.model_validate(layer.model_dump() | {"restrictions": other}), now)
    plain = edited(schedule, layer, now)
    assert after.plan.turns_ahead == plain.plan.turns_ahead
    for shift in shifts(after, now, now + timedelta(days=4)).shifts[:30]:
        assert on_call(plain, shift.start) == {shift.user_id}


@given(drawn=schedules(), other=schedules())
@settings(max_examples=25, deadline=None)
def test_an_edit_of_many_layers_shifts_each_within_its_order(
    drawn: tuple[Schedule, datetime], other: tuple[Schedule, datetime]
) -> None:
    schedule, now = drawn
    plan = replan(schedule, "x", None, other[0].plan, now).plan
    assert len(plan.turns_ahead) in (0, len(plan.layers))
    for number, (layer, turning) in enumerate(zip(plan.layers, plan.in_turn, strict=True)):
        assert 0 <= plan.ahead(number) < len(layer.participants)
        assert holder(turning, 0) == layer.participants[plan.ahead(number)]
