"""Who is on call when: section 4 of the behaviour, case by case."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.oncall.schedules.plan import Schedule
from services.oncall.schedules.shifts import on_call, shifts
from tests.unit.oncall.schedule_builders import make_layer, make_override, make_schedule, utc

pytestmark = pytest.mark.unit


def written(schedule: Schedule, start: str, end: str, zone: str = "Europe/Berlin") -> list[str]:
    """The shifts of a span as `who from–to`, in local time."""
    tz = ZoneInfo(zone)
    return [
        f"{shift.user_id} {shift.start.astimezone(tz):%m-%d %H:%M}–{shift.end.astimezone(tz):%m-%d %H:%M}"
        for shift in shifts(schedule, utc(start), utc(end)).shifts
    ]


def lengths(schedule: Schedule, start: str, end: str) -> list[float]:
    """The hours of each shift of a span."""
    found = shifts(schedule, utc(start), utc(end)).shifts
    return [(shift.end - shift.start).total_seconds() / 3600 for shift in found]


def test_people_take_weekly_turns_from_the_start_of_the_layer() -> None:
    assert written(make_schedule(), "2026-01-01 00:00", "2026-01-20 00:00") == [
        "a 01-05 09:00–01-12 09:00",
        "b 01-12 09:00–01-19 09:00",
        "a 01-19 09:00–01-20 01:00",
    ]


def test_before_its_start_a_layer_is_off_and_that_is_a_gap() -> None:
    roster = shifts(make_schedule(), utc("2026-01-01 00:00"), utc("2026-01-06 00:00"))
    assert roster.gaps == ((utc("2026-01-01 00:00"), utc("2026-01-05 08:00")),)
    assert on_call(make_schedule(), utc("2026-01-05 07:59")) == set()
    assert on_call(make_schedule(), utc("2026-01-05 08:00")) == {"a"}


@pytest.mark.parametrize(
    "at, hours",
    [
        pytest.param("2026-03-24 00:00", 167, id="a week into summer time is an hour short"),
        pytest.param("2026-10-20 00:00", 169, id="a week out of it is an hour long"),
        pytest.param("2026-06-02 00:00", 168, id="any other week has 168 hours"),
    ],
)
def test_a_weekly_shift_keeps_its_handoff_on_the_wall_clock(at: str, hours: int) -> None:
    start = utc(at)
    found = shifts(make_schedule(), start - timedelta(days=14), start + timedelta(days=14)).shifts
    assert [(s.end - s.start) / timedelta(hours=1) for s in found if s.start <= start < s.end] == [hours]


@pytest.mark.parametrize(
    "start, end, expected",
    [
        pytest.param("2026-03-28 23:00", "2026-03-29 07:00", [2, 3, 3], id="two hours in spring"),
        pytest.param("2026-10-24 22:00", "2026-10-25 08:00", [4, 3, 3], id="four hours in autumn"),
    ],
)
def test_a_three_hour_shift_stays_on_the_grid_of_the_clock(start: str, end: str, expected: list[float]) -> None:
    schedule = make_schedule(make_layer("a", "b", unit="hour", turn_length=3, starts_at="2026-01-05T00:00:00"))
    assert lengths(schedule, start, end) == expected


def test_a_turn_of_no_length_is_left_out_but_the_rotation_moves_on() -> None:
    schedule = make_schedule(make_layer("a", "b", "c", unit="hour", starts_at="2026-03-29T00:00:00"))
    assert written(schedule, "2026-03-28 23:00", "2026-03-29 03:00") == [
        "a 03-29 00:00–03-29 01:00",
        "b 03-29 01:00–03-29 03:00",
        "a 03-29 03:00–03-29 04:00",
        "b 03-29 04:00–03-29 05:00",
    ]


def test_a_handoff_in_the_gap_happens_at_its_end_and_one_that_comes_twice_the_first_time() -> None:
    schedule = make_schedule(make_layer("a", "b", unit="day", starts_at="2026-01-05T02:30:00"))
    spring = shifts(schedule, utc("2026-03-28 12:00"), utc("2026-03-29 12:00")).shifts
    autumn = shifts(schedule, utc("2026-10-24 12:00"), utc("2026-10-25 12:00")).shifts
    assert [shift.start for shift in spring][1] == utc("2026-03-29 01:00")
    assert [shift.start for shift in autumn][1] == utc("2026-10-25 00:30")


@pytest.mark.parametrize(
    "day, start, end",
    [
        pytest.param("2026-03-29", "2026-03-29 01:00", "2026-03-29 02:00", id="a start in the gap waits for its end"),
        pytest.param("2026-10-25", "2026-10-25 00:30", "2026-10-25 03:00", id="it starts at the first occurrence"),
    ],
)
def test_a_restriction_over_a_change_of_the_clocks(day: str, start: str, end: str) -> None:
    hours = {"weekdays": ["sun"], "from": "02:30", "to": "04:00"}
    schedule = make_schedule(make_layer("a", restrictions=[hours]))
    found = shifts(schedule, utc(f"{day} 00:00"), utc(f"{day} 12:00")).shifts
    assert [(shift.start, shift.end) for shift in found] == [(utc(start), utc(end))]


def test_a_restriction_ends_at_the_last_occurrence_of_its_time() -> None:
    schedule = make_schedule(make_layer("a", restrictions=[{"weekdays": ["sun"], "from": "01:00", "to": "02:30"}]))
    found = shifts(schedule, utc("2026-10-24 12:00"), utc("2026-10-25 12:00")).shifts
    assert [(shift.start, shift.end) for shift in found] == [(utc("2026-10-24 23:00"), utc("2026-10-25 01:30"))]


@pytest.mark.parametrize(
    "hours, expected",
    [
        pytest.param(
            {"weekdays": ["fri"], "from": "22:00", "to": "06:00"},
            ["a 02-06 22:00–02-07 06:00"],
            id="past midnight, of the day it starts on",
        ),
        pytest.param(
            {"weekdays": ["sat"], "from": "08:00", "to": "08:00"},
            ["a 02-07 08:00–02-08 08:00"],
            id="the same time is a whole day",
        ),
        pytest.param(
            {"weekdays": ["sat", "sun"], "from": "00:00", "to": "24:00"},
            ["a 02-07 00:00–02-09 00:00"],
            id="windows that touch are one",
        ),
    ],
)
def test_restrictions_follow_the_weekdays(hours: dict[str, object], expected: list[str]) -> None:
    schedule = make_schedule(make_layer("a", restrictions=[hours]))
    assert written(schedule, "2026-02-03 00:00", "2026-02-09 08:00") == expected


def test_turn_length_is_how_long_one_person_holds() -> None:
    schedule = make_schedule(make_layer("a", "b", unit="day", turn_length=2))
    assert written(schedule, "2026-01-05 08:00", "2026-01-09 08:00") == [
        "a 01-05 09:00–01-07 09:00",
        "b 01-07 09:00–01-09 09:00",
    ]


def test_every_is_how_seldom_the_layer_is_on() -> None:
    schedule = make_schedule(make_layer("a", "b", unit="day", every=2))
    assert written(schedule, "2026-01-05 08:00", "2026-01-11 08:00") == [
        "a 01-05 09:00–01-06 09:00",
        "b 01-07 09:00–01-08 09:00",
        "a 01-09 09:00–01-10 09:00",
    ]


def test_a_turn_counts_only_units_in_which_the_layer_is_on() -> None:
    schedule = make_schedule(make_layer("a", "b", unit="day", turn_length=2, every=2))
    assert [text[0] for text in written(schedule, "2026-01-05 08:00", "2026-01-13 08:00")] == ["a", "a", "b", "b"]


def test_a_month_rotation_from_the_31st_hands_off_on_the_last_day_of_a_shorter_month() -> None:
    schedule = make_schedule(make_layer("a", "b", unit="month", starts_at="2027-12-31T09:00:00"))
    assert [text.split()[1] for text in written(schedule, "2027-12-31 08:00", "2028-06-01 00:00")] == [
        *("12-31", "01-31", "02-29", "03-31", "04-30", "05-31"),
    ]


def test_shifts_are_cut_at_every_handoff_also_to_oneself() -> None:
    assert len(lengths(make_schedule(make_layer("a")), "2026-01-05 08:00", "2026-01-26 08:00")) == 3


def test_a_null_participant_is_a_gap_unless_a_lower_layer_has_somebody() -> None:
    alone = make_schedule(make_layer("a", None))
    assert shifts(alone, utc("2026-01-05 08:00"), utc("2026-01-19 08:00")).gaps == (
        (utc("2026-01-12 08:00"), utc("2026-01-19 08:00")),
    )
    backed = make_schedule(make_layer("a", None, priority=2), make_layer("z", priority=1))
    assert on_call(backed, utc("2026-01-13 00:00")) == {"z"}


def test_the_higher_layer_wins_and_the_lower_shift_is_split_around_it() -> None:
    night = make_layer("n", priority=2, name="night", restrictions=[{"from": "22:00", "to": "06:00"}])
    schedule = make_schedule(make_layer("d", priority=1, name="day", unit="week"), night)
    assert written(schedule, "2026-01-12 08:00", "2026-01-13 08:00") == [
        "d 01-12 09:00–01-12 22:00",
        "n 01-12 22:00–01-13 06:00",
        "d 01-13 06:00–01-13 09:00",
    ]


def test_on_equal_priority_both_are_on_call_whole() -> None:
    schedule = make_schedule(make_layer("a"), make_layer("z", unit="day"))
    assert on_call(schedule, utc("2026-01-06 00:00")) == {"a", "z"}
    assert lengths(schedule, "2026-01-05 08:00", "2026-01-07 08:00") == [48, 24, 24]


REPLACE_ALL = make_override("replace", "x", "2026-01-06 00:00", "2026-01-07 00:00")


@pytest.mark.parametrize(
    "made, expected",
    [
        pytest.param([("replace", "x", None)], {"x"}, id="replace takes the span from everybody"),
        pytest.param([("replace", "x", "a")], {"x", "b"}, id="with replaces from that person only"),
        pytest.param([("replace", "x", "q")], {"a", "b"}, id="from somebody not on call it takes nothing"),
        pytest.param([("add", "x", None)], {"a", "b", "x"}, id="add puts one beside the others"),
        pytest.param([("remove", "a", None)], {"b"}, id="remove takes one away"),
        pytest.param([("replace", "x", None), ("replace", "y", None)], {"y"}, id="the later replace wins"),
        pytest.param([("replace", "x", "a"), ("replace", "y", "a")], {"y", "b"}, id="the later one for a person wins"),
        pytest.param([("replace", "x", "a"), ("replace", "y", "x")], {"y", "b"}, id="a replacement can be replaced"),
        pytest.param([("replace", "x", None), ("replace", "y", "a")], {"x", "y"}, id="the later one takes its part"),
        pytest.param([("remove", "a", None), ("add", "a", None)], {"a", "b"}, id="removed, then added"),
        pytest.param([("add", "x", None), ("remove", "x", None)], {"a", "b"}, id="added, then removed"),
        pytest.param([("remove", "a", None), ("replace", "x", "a")], {"x", "b"}, id="removed, then replaced"),
        pytest.param([("replace", "x", "a"), ("remove", "a", None)], {"x", "b"}, id="who is replaced is away already"),
    ],
)
def test_overrides_go_over_the_plan_in_the_order_they_were_made(
    made: list[tuple[str, str, str | None]], expected: set[str]
) -> None:
    overrides = tuple(
        make_override(kind, user, "2026-01-06 00:00", "2026-01-07 00:00", replaces=replaces, name=f"o{number}")
        for number, (kind, user, replaces) in enumerate(made)
    )
    schedule = make_schedule(make_layer("a"), make_layer("b"), overrides=overrides)
    assert on_call(schedule, utc("2026-01-06 12:00")) == expected
    assert on_call(schedule, utc("2026-01-07 00:00")) == {"a", "b"}
    roster = shifts(schedule, utc("2026-01-05 12:00"), utc("2026-01-08 00:00"))
    assert {s.user_id for s in roster.shifts if s.start <= utc("2026-01-06 12:00") < s.end} == expected


def test_a_replacement_of_everybody_is_one_shift_over_handoffs_and_gaps() -> None:
    schedule = make_schedule(make_layer("a", "b", None, unit="day"), make_layer("c"), overrides=(REPLACE_ALL,))
    found = [s for s in shifts(schedule, utc("2026-01-05 00:00"), utc("2026-01-09 00:00")).shifts if s.user_id == "x"]
    assert [(s.start, s.end, s.layer, s.override_id) for s in found] == [
        (REPLACE_ALL.start, REPLACE_ALL.end, "override", "o1")
    ]


def test_a_later_edit_leaves_the_past_as_it_was() -> None:
    before, after = make_schedule(make_layer("a")), make_schedule(make_layer("z"))
    edited = after.revisions[0].model_copy(update={"since": utc("2026-02-01 00:00")})
    schedule = Schedule(name="plan", revisions=[*before.revisions, edited])
    assert on_call(schedule, utc("2026-01-31 23:59")) == {"a"}
    assert on_call(schedule, utc("2026-02-01 00:00")) == {"z"}
    found = shifts(schedule, utc("2026-01-31 00:00"), utc("2026-02-02 00:00")).shifts
    assert [(s.user_id, s.end) for s in found] == [("a", utc("2026-02-01 00:00")), ("z", utc("2026-02-02 00:00"))]


def test_ten_thousand_instants_on_a_schedule_of_fifty_people_take_less_than_a_second() -> None:
    people = [f"u{number}" for number in range(50)]
    schedule = make_schedule(make_layer(*people, unit="hour", starts_at="2000-01-01T00:00:00"))
    start = datetime(2026, 1, 1, tzinfo=UTC)
    began = time.process_time()
    for number in range(10_000):
        on_call(schedule, start + timedelta(minutes=37 * number))
    assert time.process_time() - began < 1
