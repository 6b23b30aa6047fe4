"""The wall clock of a zone: which instant a local time means, also where clocks jump.

A local time that a jump forward leaves out means the first instant after the gap; one that happens twice means its
first or its last occurrence, as the caller says. So the instant never moves back when the local time moves on.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Occurrence(Enum):
    """Which one is meant of a local time that happens twice; the value is Python's `fold`."""

    FIRST = 0
    LAST = 1


def instant(local: datetime, zone: ZoneInfo, occurrence: Occurrence = Occurrence.FIRST) -> datetime:
    """The instant, in UTC, that the naive `local` means in `zone`."""
    before = local.replace(tzinfo=zone, fold=0).utcoffset()
    after = local.replace(tzinfo=zone, fold=1).utcoffset()
    if before is None or after is None:
        raise ValueError(f"{zone.key} does not know its offset")
    if before < after:
        return _end_of_gap(local, zone)
    return (local - (after if occurrence is Occurrence.LAST else before)).replace(tzinfo=UTC)


def local(at: datetime, zone: ZoneInfo) -> datetime:
    """What the clocks on the wall show at the instant `at`: a naive local time."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def find_zone(name: str) -> ZoneInfo | None:
    """The IANA zone of this name, None when there is none."""
    try:
        return _zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=4096)
def _end_of_gap(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the clocks jumped over `local`, to the second.

    Read with the offset after the jump, `local` lies before it; read with the offset before, at it or after it.
    """
    early = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    late = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = early.astimezone(zone).utcoffset()
    low, high = 0, int((late - early).total_seconds())
    base = early.replace(microsecond=0)
    while high - low > 1:
        middle = (low + high) // 2
        if (base + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return base + timedelta(seconds=high)
