"""Who was on call, as it passed: each hour once, and never otherwise afterwards."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.oncall.duty_records.duty_day import continue_duty, days_between, first_hour, make_duty_fact
from services.oncall.schedules.shifts import on_call
from shared.events.oncall import DutyFact, DutyTurn
from tests.unit.oncall.escalations import make_user
from tests.unit.oncall.schedule_builders import make_layer, make_override, make_schedule, utc

HOUR = timedelta(hours=1)
START = utc("2026-03-28 00:00")
SCHEDULE = make_schedule(
    make_layer("a", "b", None, unit="hour", turn_length=5),
    make_layer("c", unit="day"),
    overrides=(make_override("add", "a", "2026-03-28 03:30", "2026-03-28 20:00"),),
)


def told(cuts: list[int]) -> list[DutyFact]:
    """The days of two days, told up to each of these hours in turn."""
    days: dict[str, DutyFact] = {}
    known = START
    for until in sorted({START + cut * HOUR for cut in [*cuts, 48]}):
        for day in days_between(known, until):
            fact = make_duty_fact("s", SCHEDULE, day, {}, {})
            days[fact.id] = continue_duty(days.get(fact.id), fact)
        known = until
    return list(days.values())


@settings(deadline=None)
@given(st.lists(st.integers(1, 48), max_size=12))
def test_however_often_it_is_told_each_person_has_the_hours_that_the_schedule_says(cuts: list[int]) -> None:
    facts = told(cuts)
    assert facts == told([])
    assert [one.until for one in facts] == [START + 24 * HOUR, START + 48 * HOUR]
    for half in range(96):
        at = START + half * HOUR / 2
        there = {turn.user_id for fact in facts for turn in fact.turns if turn.start <= at < turn.end}
        assert there == on_call(SCHEDULE, at)


def test_what_was_told_stays_though_person_and_plan_change() -> None:
    first = make_duty_fact("s", SCHEDULE, (START, START + 2 * HOUR), {"a": make_user("a", "mail")}, {})
    moved = make_user("a", "mail").changed(time_zone="Asia/Tokyo")
    other = make_schedule(make_layer("a"))
    after = continue_duty(first, make_duty_fact("s", other, (START + HOUR, START + 4 * HOUR), {"a": moved}, {}))
    assert [one for one in after.turns if one.end <= first.until] == first.turns
    added = [one for one in after.turns if one.start >= first.until]
    assert added == [DutyTurn(user_id="a", start=START + 2 * HOUR, end=START + 4 * HOUR, time_zone="Asia/Tokyo")]
    assert continue_duty(after, first) == after.changed(team=first.team)


def test_days_are_cut_at_midnight_and_a_schedule_is_told_of_from_its_creation_on() -> None:
    spans = list(days_between(utc("2026-03-28 22:00"), utc("2026-03-30 01:00")))
    assert [(end - start) / HOUR for start, end in spans] == [2, 24, 1]
    now = utc("2026-03-30 01:30")
    assert first_hour(utc("2026-03-29 10:59"), now) == utc("2026-03-29 10:00")
    assert first_hour(utc("2020-03-29 10:00"), now) == utc("2025-02-23 01:00")
