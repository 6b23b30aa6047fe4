"""When the next canary is due, and how long none has arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Timer:
    """What is stored of the canaries that were sent."""

    began_at: datetime
    """When the first one was thought of."""
    due_at: datetime
    arrived_at: datetime | None = None


def first(now: datetime, seconds: int) -> Timer:
    """The timer of an installation that never sent one: the first comes after one interval."""
    return Timer(began_at=now, due_at=now + timedelta(seconds=seconds))


def next_due(due_at: datetime, now: datetime, seconds: int) -> datetime:
    """When the one after the one that is due comes: what was missed meanwhile is skipped, and the beat is kept."""
    missed = max(0, int((now - due_at).total_seconds() // seconds))
    return due_at + timedelta(seconds=seconds * (missed + 1))


def age_seconds(timer: Timer, now: datetime) -> float:
    """For how long no canary has arrived; before the first one, since the timer was made."""
    return max(0.0, (now - (timer.arrived_at or timer.began_at)).total_seconds())
