"""Which requests are prepared, and the time that a rehearsal is of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

REHEARSALS = "/rehearsals"
DRILLS = "/drills"
PREPARED = "prepared"
"""The member of the body in which the answers go along; what a client has put there is taken out."""
PRESENT = timedelta(seconds=60)
"""So long ago is as good as now: clocks differ."""
FURTHEST = timedelta(days=400)
"""What is further away than this on-call refuses."""


@dataclass(frozen=True, slots=True)
class Instant:
    """The time that is rehearsed; when it is past nothing that is open now counts."""

    at: datetime
    is_past: bool


def is_rehearsal(method: str, path: str) -> bool:
    """True for what asks who would be paged."""
    return method == "POST" and path.rstrip("/") == REHEARSALS


def is_drill(method: str, path: str) -> bool:
    """True for a new drill, which may play a past incident again."""
    return method == "POST" and path.rstrip("/") == DRILLS


def is_prepared(method: str, path: str) -> bool:
    """True for a request whose body must be read before it is passed on, since others are asked about it."""
    return is_rehearsal(method, path) or is_drill(method, path)


def instant_of(told: object, now: datetime) -> Instant | None:
    """When it is rehearsed, by what the body says; None for what on-call will refuse."""
    try:
        at = now if told is None else datetime.fromisoformat(str(told))
    except ValueError:
        return None
    if at.tzinfo is None or not now - FURTHEST <= at <= now + FURTHEST:
        return None
    is_past = at < now - PRESENT
    return Instant(at if is_past else max(at, now), is_past)
