"""What is told of a schedule's day: who was on call on it, up to an hour. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from services.oncall.directory.people import User
from services.oncall.schedules.plan import Schedule
from services.oncall.schedules.presence import Absences
from services.oncall.schedules.shifts import shifts
from services.oncall.schedules.spans import Span, merge_spans
from shared.events.oncall import DutyFact, DutyTurn

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FURTHEST_BACK = timedelta(days=400)
"""Of a schedule that nothing was told of yet, so much of its past is told."""
USUAL_ZONE = "UTC"
"""Of somebody who is not known any more."""


def whole_hour(at: datetime) -> datetime:
    """The hour that this instant is in, or begins."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def begin_of_day(at: datetime) -> datetime:
    """The midnight before this instant, or at it, in UTC."""
    return whole_hour(at).replace(hour=0)


def first_hour(created_at: datetime, now: datetime) -> datetime:
    """From when on a schedule is told of that was never told of: from its creation on, within reach."""
    return whole_hour(max(created_at, now - FURTHEST_BACK))


def days_between(start: datetime, end: datetime) -> Iterator[Span]:
    """[start, end) cut at each midnight of UTC."""
    while start < end:
        until = min(begin_of_day(start) + DAY, end)
        yield start, until
        start = until


def make_duty_fact(
    schedule_id: str, schedule: Schedule, day: Span, people: Mapping[str, User], absences: Absences
) -> DutyFact:
    """Who was on call in this span, which lies in one day of UTC; whoever was so twice at once, was so once.

    The schedule has all of its past of that day (`store.Volumes.read_whole`).
    """
    start, until = day
    of_person: dict[str, list[Span]] = {}
    for shift in shifts(schedule, start, until, absences).shifts:
        of_person.setdefault(shift.user_id, []).append((shift.start, shift.end))
    return DutyFact(
        id=duty_id(schedule_id, start),
        schedule_id=schedule_id,
        team=schedule.team,
        day=start.date(),
        until=until,
        turns=[
            DutyTurn(user_id=user_id, start=begins, end=ends, time_zone=_zone_of(people.get(user_id)))
            for user_id in sorted(of_person)
            for begins, ends in merge_spans(of_person[user_id])
        ],
    )


def continue_duty(before: DutyFact | None, fact: DutyFact) -> DutyFact:
    """The day with what has passed since; what was told of it before stays as it was told."""
    if before is None:
        return fact
    turns = [one for one in fact.turns if one.end > before.until]
    new = [one.changed(start=max(one.start, before.until)) for one in turns]
    return fact.changed(until=max(before.until, fact.until), turns=_joined([*before.turns, *new]))


def _joined(turns: Iterable[DutyTurn]) -> list[DutyTurn]:
    found: list[DutyTurn] = []
    for one in sorted(turns, key=lambda turn: (turn.user_id, turn.start)):
        last = found[-1] if found else None
        if last is not None and (last.user_id, last.time_zone, last.end) == (one.user_id, one.time_zone, one.start):
            found[-1] = last.changed(end=one.end)
        else:
            found.append(one)
    return found


def duty_id(schedule_id: str, at: datetime) -> str:
    """The id of a schedule's day."""
    return f"{schedule_id}:{at.astimezone(UTC).date().isoformat()}"


def _zone_of(user: User | None) -> str:
    return user.time_zone if user is not None else USUAL_ZONE
