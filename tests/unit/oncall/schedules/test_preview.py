"""A preview says who gains and loses which hours, and the sums agree with the shifts of both plans."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings

from services.oncall.schedules.plan import Schedule
from services.oncall.schedules.preview import AHEAD, Difference, compare
from services.oncall.schedules.revisions import replan
from services.oncall.schedules.shifts import on_call
from services.oncall.schedules.spans import merge_spans, subtract
from tests.unit.oncall.schedule_builders import make_layer, make_override, make_schedule, utc
from tests.unit.oncall.schedules.test_shifts_properties import schedules

pytestmark = pytest.mark.unit

NOW = utc("2026-03-02 08:00")
"""A Monday, 09:00 in Berlin: a handoff of the usual layer to a."""
WEEK = timedelta(weeks=1)


def preview(before: Schedule, after: Schedule) -> Difference:
    return compare(before, replan(before, "new", None, after.plan, NOW), NOW)


def test_the_same_plan_changes_nothing() -> None:
    found = preview(make_schedule(), make_schedule())
    assert (found.people, found.gaps_appear, found.gaps_vanish) == ([], [], [])


def test_who_takes_a_place_gains_what_the_other_loses() -> None:
    found = preview(make_schedule(make_layer("a", "b")), make_schedule(make_layer("a", "c")))
    b, c = found.people
    assert (b.user_id, c.user_id) == ("b", "c")
    assert (b.gains, c.loses) == ([], [])
    assert list(b.loses) == list(c.gains)
    assert b.loses[0] == (NOW + WEEK, NOW + 2 * WEEK)


def test_gaps_that_appear_and_vanish_are_named() -> None:
    office = make_layer("a", restrictions=[{"weekdays": ["mon"], "from": "09:00", "to": "17:00"}])
    appear = preview(make_schedule(make_layer("a")), make_schedule(office))
    assert appear.gaps_appear[0] == (utc("2026-03-02 16:00"), utc("2026-03-09 08:00"))
    assert appear.gaps_vanish == []
    vanish = preview(make_schedule(office), make_schedule(make_layer("a")))
    assert list(vanish.gaps_vanish) == list(appear.gaps_appear)


def test_an_override_holds_in_both_plans() -> None:
    held = make_override("replace", "x", "2026-03-01 00:00", "2026-12-01 00:00")
    before = make_schedule(make_layer("a"), overrides=(held,))
    assert preview(before, make_schedule(make_layer("b"))).people == []


@given(one=schedules(), other=schedules())
@settings(max_examples=40, deadline=None)
def test_at_every_edge_the_difference_is_that_of_the_people_on_call(
    one: tuple[Schedule, datetime], other: tuple[Schedule, datetime]
) -> None:
    before, now = one
    after = replan(before, "new", None, other[0].plan, now)
    found = compare(before, after, now)
    edges = [now, now + AHEAD - timedelta(seconds=1)]
    edges += [edge for person in found.people for span in (*person.gains, *person.loses) for edge in span]
    for at in edges[:60]:
        if at < now + AHEAD:
            gained = {p.user_id for p in found.people if any(s <= at < e for s, e in p.gains)}
            lost = {p.user_id for p in found.people if any(s <= at < e for s, e in p.loses)}
            assert on_call(after, at) == (on_call(before, at) | gained) - lost
            assert not gained & lost


def test_spans_that_touch_are_one_and_holes_are_cut_out() -> None:
    hours = [NOW + timedelta(hours=hour) for hour in range(10)]
    assert merge_spans([(hours[3], hours[4]), (hours[0], hours[2]), (hours[2], hours[3]), (hours[6], hours[6])]) == [
        (hours[0], hours[4])
    ]
    assert subtract([(hours[0], hours[9])], [(hours[1], hours[2]), (hours[8], hours[9])]) == [
        (hours[0], hours[1]),
        (hours[2], hours[8]),
    ]
