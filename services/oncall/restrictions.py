"""The hours to which a layer is restricted: windows on the wall clock of the schedule's zone.

A window starts at the first and ends at the last occurrence of its local times. Windows that overlap or touch are one.
No restriction at all means always.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.oncall.plan import Restriction
from services.oncall.wallclock import Occurrence, instant, local

Window = tuple[datetime, datetime]
"""[start, end) in UTC."""

_DAY = timedelta(days=1)
_LONGEST_FOLD = timedelta(hours=4)
"""No clock has fallen back by more since 1970; three hours were seen in the Antarctic."""


def within(restrictions: Sequence[Restriction], zone: ZoneInfo, at: datetime) -> bool:
    """True when a layer so restricted is on at this instant."""
    if not restrictions:
        return True
    wall = local(at, zone)
    return any(
        begins - _LONGEST_FOLD <= wall < ends + _LONGEST_FOLD and _begin(begins, zone) <= at < _end(ends, zone)
        for begins, ends in _on_the_wall(restrictions, wall.date(), wall.date())
    )


def windows(restrictions: Sequence[Restriction], zone: ZoneInfo, start: datetime, end: datetime) -> list[Window]:
    """The times within [start, end) at which a layer so restricted is on: apart, in order, cut to the span."""
    if not restrictions:
        return [(start, end)]
    shown = _on_the_wall(restrictions, local(start, zone).date(), local(end, zone).date())
    joined: list[Window] = []
    for begins, ends in sorted((_begin(begins, zone), _end(ends, zone)) for begins, ends in shown):
        begin, stop = max(begins, start), min(ends, end)
        if begin >= stop:
            continue
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
        else:
            joined.append((begin, stop))
    return joined


def _begin(shown: datetime, zone: ZoneInfo) -> datetime:
    return instant(shown, zone, Occurrence.FIRST)


def _end(shown: datetime, zone: ZoneInfo) -> datetime:
    return instant(shown, zone, Occurrence.LAST)


def _on_the_wall(restrictions: Sequence[Restriction], first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    """Every window, in local times, that may hold an instant of these local days: it began at most a day earlier, and
    where clocks fall back over midnight the next day may have begun already.
    """
    day = first - 2 * _DAY
    while day <= last + _DAY:
        for restriction in restrictions:
            if day.weekday() in restriction.days:
                ends_on = day if restriction.end > restriction.start else day + _DAY
                yield datetime.combine(day, restriction.start), datetime.combine(ends_on, restriction.end)
        day += _DAY
