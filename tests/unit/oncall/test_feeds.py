"""Calendars: a reader of another make finds each shift with its times, its person and an id that stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from icalendar import Calendar, Event

from services.oncall.feeds import AHEAD, BACK, Duty, of_person, of_schedule, written
from tests.unit.oncall.escalations import make_user
from tests.unit.oncall.schedules import make_layer, make_override, make_schedule, utc

pytestmark = pytest.mark.unit

NOW = utc("2026-03-02 12:00")
PEOPLE = {
    key: make_user(key).model_copy(update={"name": name}) for key, name in (("a", "Sara ساره; on, call"), ("b", "健二"))
}


def events(duties: list[Duty]) -> list[Event]:
    parsed = Calendar.from_ical(written("Weekly", duties, PEOPLE, NOW))
    return [part for part in parsed.walk() if isinstance(part, Event)]


def test_every_shift_is_an_event_with_its_times_and_its_person() -> None:
    duties = of_schedule("weekly", make_schedule(), NOW)
    found = events(duties)
    assert [(one.start, one.end) for one in found] == [(d.shift.start, d.shift.end) for d in duties]
    assert [str(one["summary"]) for one in found[:2]] == ["健二: plan", "Sara ساره; on, call: plan"]
    assert found[0].start == NOW - BACK
    assert found[-1].end == NOW + AHEAD


def test_an_events_id_stays_when_it_is_asked_for_again_and_is_no_others() -> None:
    first = [str(one["uid"]) for one in events(of_schedule("weekly", make_schedule(), NOW))]
    later = [str(one["uid"]) for one in events(of_schedule("weekly", make_schedule(), NOW + timedelta(hours=1)))]
    assert len(set(first)) == len(first)
    assert set(first[1:]) <= set(later)


def test_a_person_sees_their_own_shifts_by_every_schedule_and_overrides_too() -> None:
    override = make_override("replace", "b", "2026-03-03 00:00", "2026-03-04 00:00")
    schedules = {
        "one": make_schedule(make_layer("a"), overrides=(override,)),
        "two": make_schedule(make_layer("b")),
        "other": make_schedule(make_layer("c")),
    }
    duties = of_person("b", schedules, NOW)
    assert {duty.schedule_id for duty in duties} == {"one", "two"}
    assert [duty.shift.layer for duty in duties if duty.schedule_id == "one"] == ["override"]


def test_somebody_unknown_is_called_by_their_id() -> None:
    assert str(events(of_schedule("x", make_schedule(make_layer("gone")), NOW))[0]["summary"]) == "gone: plan"
