"""Calendars: a reader of another make finds each shift with its times, its person and an id that stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from icalendar import Calendar, Event

from services.oncall.calendars.feed import AHEAD, BACK, Duty, of_person, of_schedule, write_calendar
from services.oncall.schedules.plan import Schedule
from tests.unit.oncall.escalations import make_user
from tests.unit.oncall.schedule_builders import make_layer, make_override, make_schedule, utc

pytestmark = pytest.mark.unit

NOW = utc("2026-03-02 12:00")
PEOPLE = {
    key: make_user(key).model_copy(update={"name": name}) for key, name in (("a", "Sara ساره; on, call"), ("b", "健二"))
}


def events(duties: list[Duty]) -> list[Event]:
    parsed = Calendar.from_ical(write_calendar("Weekly", duties, PEOPLE, NOW))
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
    assert set(first) <= set(later)


OFFICE = {"weekdays": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}
MOVING = {
    # of which the feed begins in the middle of a shift, on one of the days at least
    "weeks": make_schedule(),
    "months of three": make_schedule(make_layer(unit="month", turn_length=3)),
    "one person for ever, by weeks": make_schedule(make_layer("a")),
    "office hours": make_schedule(make_layer(restrictions=[OFFICE])),
    "two layers of one priority": make_schedule(make_layer("a", name="one"), make_layer("b", "a", name="two")),
    "an override that began long ago": make_schedule(
        overrides=(make_override("replace", "b", "2025-11-03 00:00", "2026-06-04 00:00"),)
    ),
    "an override that has ended a shift": make_schedule(
        overrides=(make_override("replace", "b", "2026-02-14 00:00", "2026-02-15 00:00"),)
    ),
    "an override that began longer ago than is looked for": make_schedule(
        overrides=(make_override("add", "b", "2020-01-01 00:00", "2026-12-04 00:00"),)
    ),
}


@pytest.mark.parametrize("schedule", MOVING.values(), ids=MOVING)
@pytest.mark.parametrize("hours", [1, 24, 24 * 6])
def test_the_feed_moves_on_and_no_event_that_is_still_in_it_gets_another_id(schedule: Schedule, hours: int) -> None:
    for day in range(8):
        now = NOW + timedelta(days=day)
        first = events(of_schedule("x", schedule, now))
        later = {str(one["uid"]) for one in events(of_schedule("x", schedule, now + timedelta(hours=hours)))}
        begins = now + timedelta(hours=hours) - BACK

        assert len({str(one["uid"]) for one in first}) == len(first)
        assert {str(one["uid"]) for one in first if one.end > begins} <= later


def test_an_event_that_began_before_the_feed_is_cut_to_it() -> None:
    (duty, *_) = of_schedule("x", make_schedule(), NOW)

    assert duty.shift.start == NOW - BACK
    assert duty.began == utc("2026-02-09 08:00")


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


def test_two_layers_of_one_name_have_events_of_their_own() -> None:
    twins = make_schedule(make_layer("a", name="night"), make_layer("a", name="night"))
    duties = of_schedule("weekly", twins, NOW)
    ids = [str(one["uid"]) for one in events([*duties, *duties])]
    assert len(set(ids)) == len(ids)


def test_a_calendar_is_one_that_readers_take_whatever_its_names_are() -> None:
    odd = make_schedule(make_layer("a", name="nacht\nlayer")).model_copy(update={"name": "Zahlung,\r\nnachts"})
    body = write_calendar("Zahlung, nachts\nX-EVIL:1", of_schedule("weekly", odd, NOW), PEOPLE, NOW)
    assert b"X-WR-CALNAME:Zahlung\\, nachts X-EVIL:1\r\n" in body
    assert b"X-PUBLISHED-TTL:PT1H\r\n" in body
    parsed = [part for part in Calendar.from_ical(body).walk() if isinstance(part, Event)]
    assert {str(one["transp"]) for one in parsed} == {"TRANSPARENT"}
    assert str(parsed[0]["summary"]).endswith(": Zahlung,  nachts")
