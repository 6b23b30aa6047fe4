"""Shifts as iCalendar (RFC 5545): of a schedule or of a person, from 15 days back to 180 days ahead.

Times are in UTC, so no reader needs to know our zones. An event's id comes from whose shift it is and when it truly
began, also where that was before the feed, so a reader that looks again updates what it has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from icalendar import Calendar, Event, vDuration, vText

from services.oncall.directory.people import User
from services.oncall.names import on_one_line
from services.oncall.schedules.plan import Schedule, people_named
from services.oncall.schedules.presence import ALL_PRESENT, Absences
from services.oncall.schedules.shifts import Shift, shifts, start_of_shifts
from shared.ids import derive_id

BACK, AHEAD = timedelta(days=15), timedelta(days=180)
MOST_BEGUN = timedelta(days=400)
"""How long before the feed a shift's true start is looked for."""
AGAIN = timedelta(hours=1)
"""How often a reader is asked to look again."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A shift as far as the feed shows it, and the schedule it belongs to."""

    schedule_id: str
    schedule: Schedule
    shift: Shift
    began: datetime | None
    """When the whole shift began; None: longer ago than was looked for."""


def start_of_feed(schedule: Schedule, now: datetime) -> datetime:
    """The instant from which a schedule must be known for its feed: the start of the first shift in it, or earlier."""
    return max(start_of_shifts(schedule, now - BACK), now - BACK - MOST_BEGUN)


def of_schedule(schedule_id: str, schedule: Schedule, now: datetime, absences: Absences = ALL_PRESENT) -> list[Duty]:
    """Everybody's shifts by one schedule, around now; the schedule is known as far back as `start_of_feed` says."""
    first, begin = now - BACK, start_of_feed(schedule, now)
    is_whole = begin > first - MOST_BEGUN
    return [
        Duty(
            schedule_id,
            schedule,
            replace(shift, start=max(shift.start, first)),
            shift.start if is_whole or shift.start > begin else None,
        )
        for shift in shifts(schedule, begin, now + AHEAD, absences).shifts
        if shift.end > first
    ]


def of_person(
    user_id: str, schedules: Mapping[str, Schedule], now: datetime, absences: Absences = ALL_PRESENT
) -> list[Duty]:
    """One person's shifts by all these schedules, around now, in order."""
    found = [
        duty
        for key, schedule in schedules.items()
        if user_id in people_named(schedule)
        for duty in of_schedule(key, schedule, now, absences)
        if duty.shift.user_id == user_id
    ]
    return sorted(found, key=lambda duty: (duty.shift.start, duty.schedule_id))


def write_calendar(name: str, duties: Iterable[Duty], people: Mapping[str, User], now: datetime) -> bytes:
    """The calendar as iCalendar bytes, with people's names where they are known, else their ids."""
    calendar = Calendar()
    calendar.add("prodid", "-//Tocsin//On-call//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", vText(on_one_line(name)))
    calendar.add("refresh-interval", AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(AGAIN))
    known: Counter[str] = Counter()
    for duty in duties:
        uid = _uid(duty)
        known[uid] += 1
        calendar.add_component(_event(duty, uid if known[uid] == 1 else derive_id(uid, known[uid]), people, now))
    body: bytes = calendar.to_ical()
    return body


def _uid(duty: Duty) -> str:
    """What a shift is known by; two layers of one name may have the same person from the same instant on."""
    shift = duty.shift
    return derive_id(duty.schedule_id, shift.layer, shift.override_id, shift.user_id, duty.began)


def _event(duty: Duty, uid: str, people: Mapping[str, User], now: datetime) -> Event:
    shift = duty.shift
    who = on_one_line(people[shift.user_id].name if shift.user_id in people else shift.user_id)
    schedule = on_one_line(duty.schedule.name)
    event = Event()
    event.add("uid", f"{uid}@tocsin")
    event.add("dtstamp", now)
    event.add("dtstart", shift.start)
    event.add("dtend", shift.end)
    event.add("summary", f"{who}: {schedule}")
    event.add("description", f"On call by {schedule}, {on_one_line(shift.layer)}.")
    event.add("transp", "TRANSPARENT")  # to be on call leaves a person's time free for appointments
    return event
