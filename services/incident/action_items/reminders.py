"""When the owner of an action item is reminded: at 09:00 UTC the day before it is due, the day after, and then weekly.

Each of these moments is told once at most. When several have passed unheard (nothing ran meanwhile), the newest is told
and the older ones are not: they would say the same again, or what is no longer true.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from shared.events.actions import ReminderKind

HOUR = time(9, 0, tzinfo=UTC)
AGAIN = timedelta(days=7)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reminder:
    """One moment at which somebody is reminded, and of what."""

    kind: ReminderKind
    at: datetime


def next_after(due_on: date, after: datetime) -> Reminder:
    """The first reminder later than `after`."""
    soon = datetime.combine(due_on - _DAY, HOUR)
    if after < soon:
        return Reminder(ReminderKind.DUE_SOON, soon)
    first = datetime.combine(due_on + _DAY, HOUR)
    weeks = (after - first) // AGAIN + 1 if after >= first else 0
    return Reminder(ReminderKind.OVERDUE, first + weeks * AGAIN)


def due_at(due_on: date | None, after: datetime) -> datetime | None:
    """When that is; None without a day."""
    return next_after(due_on, after).at if due_on is not None else None


def newest_due(due_on: date, after: datetime, now: datetime) -> Reminder | None:
    """The newest reminder in (after, now]; None: none has come."""
    found = next_after(due_on, after)
    if found.at > now:
        return None
    if found.kind is ReminderKind.DUE_SOON:
        later = next_after(due_on, found.at)
        if later.at > now:
            return found
        found = later
    return Reminder(found.kind, found.at + (now - found.at) // AGAIN * AGAIN)
