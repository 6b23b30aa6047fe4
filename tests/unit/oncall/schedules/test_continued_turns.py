"""Whoever is on duty stays so when the order is edited, and the new order goes on from them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.oncall.schedules.continued_turns import match_layers
from services.oncall.schedules.flaws import plan_faults
from services.oncall.schedules.plan import Layer, Revision, Schedule
from services.oncall.schedules.preview import compare
from services.oncall.schedules.revisions import replan
from services.oncall.schedules.rotation import latest_turn
from services.oncall.schedules.shifts import on_call, shifts
from tests.unit.oncall.schedule_builders import make_layer, make_schedule, utc

pytestmark = pytest.mark.unit

START = utc("2026-01-05 09:00")
DAY = timedelta(days=1)
WORK = {"weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "12:00", "to": "13:00"}


def daily(order: str, **more: Any) -> Layer:
    """A layer that hands off each day at 09:00 UTC; a `-` is a place that is free."""
    return make_layer(*(None if one == "-" else one for one in order), unit="day", **more)


def edited(schedule: Schedule, *layers: Layer, day: float, zone: str = "UTC") -> Schedule:
    """The schedule with other layers from so many days after the start on."""
    return replan(schedule, "x", None, make_schedule(*layers, zone=zone).plan, START + day * DAY)


def told(schedule: Schedule, day: float, turns: int = 6) -> str:
    """Who is on call then, and at the same time of the days after; `-` for nobody."""
    found = [on_call(schedule, START + (day + number) * DAY) for number in range(turns)]
    return "".join("".join(sorted(people)) or "-" for people in found)


@pytest.mark.parametrize(
    "before, day, after, expected",
    [
        # somebody else leaves
        pytest.param("abc", 1, "bc", "bcb", id="the one before the holder leaves"),
        pytest.param("abc", 1, "ab", "bab", id="the one after the holder leaves"),
        pytest.param("abcde", 3, "cd", "dcd", id="several leave on both sides"),
        pytest.param("abc", 7, "bc", "bcb", id="long after the start"),
        pytest.param("abc", 2, "c", "ccc", id="only the holder is left"),
        # somebody comes, somebody moves
        pytest.param("abc", 1, "xabc", "bcxa", id="one comes before the holder"),
        pytest.param("abc", 1, "abxc", "bxca", id="one comes after the holder"),
        pytest.param("abc", 0, "cba", "acb", id="the other way round"),
        pytest.param("abcd", 2, "cxby", "cxby", id="all at once"),
        pytest.param("abc", 1, "abc", "bca", id="nothing changes"),
        # the holder leaves
        pytest.param("abc", 1, "ac", "cac", id="who stands in the holder's place follows"),
        pytest.param("abc", 2, "ab", "aba", id="the last one of the order leaves in their turn"),
        pytest.param("abc", 1, "axc", "xca", id="somebody takes the holder's place"),
        pytest.param("abc", 0, "xbc", "xbc", id="somebody takes the first place"),
        pytest.param("abhde", 2, "bde", "deb", id="one before the holder leaves too"),
        pytest.param("abhd", 2, "ayd", "day", id="a substitute of the one before is not the holder's"),
        pytest.param("abhd", 2, "ayzd", "zday", id="both have a substitute"),
        pytest.param("abhd", 2, "xabd", "dxab", id="and one comes at the front"),
        pytest.param("abc", 1, "xyz", "yzx", id="nobody stays: the place stays"),
        # places that are free on purpose
        pytest.param("abc", 1, "a-c", "ca-", id="no hole in mid-turn where the holder stood"),
        pytest.param("a-bc", 2, "a-c", "ca-", id="no hole in mid-turn before it"),
        pytest.param("a-cd", 1, "-cd", "-cd", id="a gap that runs goes on"),
        pytest.param("a-cd", 1, "ax-cd", "-cdax", id="also when somebody comes beside it"),
        pytest.param("a--d", 2, "xa--d", "-dxa-", id="the second of two gaps"),
        pytest.param("a-cd", 1, "acd", "cda", id="a gap that is taken out ends"),
        pytest.param("a-cd", 1, "axcd", "xcda", id="a gap that is filled ends"),
        # somebody has two places
        pytest.param("abac", 2, "abacd", "acda", id="the holder's second place is the second"),
        pytest.param("abacad", 2, "bacad", "acadb", id="also when the first is gone"),
        pytest.param("abac", 2, "yaxac", "acyax", id="who comes after tells places apart"),
        pytest.param("abac", 2, "abc", "abc", id="when the place is gone the other one counts"),
    ],
)
@pytest.mark.parametrize("hours", [pytest.param(0, id="at the handoff"), pytest.param(23, id="late")])
def test_the_holder_keeps_the_turn_and_the_order_goes_on(
    before: str, day: int, after: str, expected: str, hours: int
) -> None:
    schedule = make_schedule(daily(before), zone="UTC")
    now = day + hours / 24
    revised = edited(schedule, daily(after), day=now)
    assert told(revised, now, len(expected)) == expected
    assert told(revised, now - 1, 1) == told(schedule, now - 1, 1)


def test_edits_in_one_turn_keep_the_holder_one_after_the_other() -> None:
    schedule = make_schedule(daily("abcd"), zone="UTC")
    for hour, order in enumerate(("bcd", "cdb", "xcd", "cx", "abcd")):
        schedule = edited(schedule, daily(order), day=2 + hour / 24)
        assert told(schedule, 2 + hour / 24, 1) == "c"
    assert told(schedule, 2.5) == "cdabcd"
    assert schedule.plan.turns_ahead == ()
    assert [one.turns_ahead for one in schedule.revisions] == [(), (2,), (1,), (2,), (), ()]


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"starts_at": "2026-01-04T09:00:00"}, id="another beginning"),
        pytest.param({"turn_length": 2}, id="longer turns"),
        pytest.param({"every": 2}, id="fewer days"),
    ],
)
def test_another_beginning_or_rhythm_begins_anew(more: dict[str, Any]) -> None:
    schedule = edited(make_schedule(daily("abc"), zone="UTC"), daily("bc"), day=1)
    assert schedule.plan.turns_ahead == (1,)
    assert edited(schedule, daily("bc", **more), day=1.5).plan.turns_ahead == ()


def test_hours_and_rank_of_a_layer_begin_nothing_anew() -> None:
    schedule = edited(make_schedule(daily("abc"), zone="UTC"), daily("bc"), day=1)
    revised = edited(schedule, daily("bc", restrictions=[WORK], priority=7), day=1.1)
    assert revised.plan.turns_ahead == schedule.plan.turns_ahead
    assert told(revised, 1 + 3.5 / 24, 3) == "bcb"


def test_another_zone_moves_the_handoffs_and_leaves_the_order() -> None:
    schedule = edited(make_schedule(daily("abc"), zone="UTC"), daily("bc"), day=1)
    moved = edited(schedule, daily("bc"), day=1.5, zone="Europe/London")
    assert told(moved, 1.5) == told(schedule, 1.5)


def test_before_the_first_turn_nobody_holds_anything() -> None:
    schedule = edited(make_schedule(daily("abc"), zone="UTC"), daily("bc"), day=-3)
    assert told(schedule, 0, 3) == "bcb"


@pytest.mark.parametrize(
    "day, after, expected",
    [
        pytest.param(1, "bc", "b-c-b-c", id="the holder's turn is over: who stands there has the next"),
        pytest.param(1, "acb", "c-b-a-c", id="the holder stays: the new order goes on"),
        pytest.param(1, "-bc", "--b-c--", id="a place that is free has a turn of its own"),
        pytest.param(3, "ab", "a-b-a-b", id="once around"),
    ],
)
def test_between_turns_the_next_one_is_of_who_follows(day: int, after: str, expected: str) -> None:
    schedule = make_schedule(daily("abc", every=2), zone="UTC")
    revised = edited(schedule, daily(after, every=2), day=day + 0.5)
    assert told(revised, day + 1 + 0.5, len(expected)) == expected


def test_a_turn_of_several_stretches_is_kept_between_them() -> None:
    schedule = make_schedule(daily("abc", every=2, turn_length=2), zone="UTC")
    revised = edited(schedule, daily("cab", every=2, turn_length=2), day=1)
    assert told(revised, 1, 9) == "-a-b-b-c-"


@pytest.mark.parametrize(
    "at, number, is_over",
    [(0, 0, False), (1, 0, False), (2, 0, False), (3, 0, True), (4, 1, False), (7, 1, True)],
)
def test_a_turn_is_over_after_its_last_stretch(at: int, number: int, is_over: bool) -> None:
    found = latest_turn(daily("abc", every=2, turn_length=2), make_schedule(zone="UTC").plan.zone, START + at * DAY)
    assert found is not None
    assert (found.number, found.is_over) == (number, is_over)


def test_the_preview_shows_it() -> None:
    schedule = make_schedule(daily("abc"), zone="UTC")
    revised = edited(schedule, daily("bc"), day=1)
    found = compare(schedule, revised, START + DAY)
    assert all(start >= START + 2 * DAY for person in found.people for start, _ in (*person.gains, *person.loses))
    assert found.people[0].user_id == "a"
    assert found.people[0].loses[0] == (START + 3 * DAY, START + 4 * DAY)


def test_shifts_end_where_the_turn_ends() -> None:
    revised = edited(make_schedule(daily("abc"), zone="UTC"), daily("bc"), day=1.5)
    kept, following, *_ = shifts(revised, START + 1.5 * DAY, START + 5 * DAY).shifts
    assert (kept.user_id, kept.end) == ("b", START + 2 * DAY)
    assert (following.user_id, following.start, following.end) == ("c", START + 2 * DAY, START + 3 * DAY)


def test_a_plan_whose_order_was_shifted_is_looked_through_as_it_is() -> None:
    """Seven places by days are weekdays: shifted by one, the only person's day is another one."""
    monday = [{"weekdays": ["mon"], "from": "09:00", "to": "17:00"}]
    plan = make_schedule(daily("a------", restrictions=monday), zone="UTC").plan
    assert plan_faults(plan) == []
    assert plan_faults(plan.model_validate({**plan.model_dump(), "turns_ahead": (1,)})) != []


@pytest.mark.parametrize(
    "before, after, expected",
    [
        pytest.param([("x", "ab"), ("y", "cd")], [("y", "cd"), ("x", "ab")], {0: 1, 1: 0}, id="by name"),
        pytest.param([("x", "ab"), ("y", "cd")], [("y", "ab"), ("x", "cd")], {0: 1, 1: 0}, id="by name, not people"),
        pytest.param([("x", "abc")], [("z", "bc")], {0: 0}, id="by people when it has another name"),
        pytest.param([("x", "ab"), ("y", "bcd")], [("z", "bcd")], {0: 1}, id="by most people in common"),
        pytest.param([("x", "ab")], [("z", "cd")], {}, id="neither: another layer"),
        pytest.param([("x", "ab")], [("z", "ab"), ("x", "cd")], {1: 0}, id="each but once, the name first"),
        pytest.param([("x", "ab"), ("x", "cd")], [("x", "dc")], {0: 1}, id="one name: by people"),
        pytest.param([("x", "ab"), ("x", "cd")], [("x", "ef"), ("x", "gh")], {0: 0, 1: 1}, id="one name: by place"),
        pytest.param([("x", "a-")], [("z", "b-")], {}, id="a free place is nobody in common"),
    ],
)
def test_layers_are_recognised(
    before: list[tuple[str, str]], after: list[tuple[str, str]], expected: dict[int, int]
) -> None:
    old, new = ([daily(order, name=name) for name, order in layers] for layers in (before, after))
    assert match_layers(old, new) == expected


def test_of_one_name_the_rhythm_tells_layers_apart() -> None:
    old = [daily("ab"), make_layer("a", "b")]
    assert match_layers(old, [make_layer("b", "a"), daily("b")]) == {0: 1, 1: 0}


def test_each_layer_goes_on_by_itself() -> None:
    schedule = make_schedule(daily("abc", name="x"), daily("def", name="y"), zone="UTC")
    revised = edited(schedule, daily("ef", name="y"), daily("abc", name="x"), day=1)
    assert revised.plan.turns_ahead == (1, 0)
    assert told(revised, 1, 3) == "becfae"


def test_what_was_stored_before_reads_as_it_did() -> None:
    stored = make_schedule(daily("abc"), zone="UTC").model_dump(mode="json")
    del stored["revisions"][0]["turns_ahead"]
    read = Schedule.model_validate(stored)
    assert (read.plan.turns_ahead, told(read, 0, 4)) == ((), "abca")


def test_what_is_stored_now_reads_as_it_was() -> None:
    schedule = edited(make_schedule(daily("abc"), zone="UTC"), daily("bc"), day=1)
    read = Schedule.model_validate(schedule.model_dump(mode="json"))
    assert (read, told(read, 1)) == (schedule, told(schedule, 1))
    assert Revision.model_validate(read.plan.model_dump()).ahead(5) == 0
