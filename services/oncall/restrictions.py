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


def within(restrictions: Sequence[Restriction], zone: ZoneInfo, at: datetime) -> bool:
    """True when a layer so restricted is on at this instant."""
    if not restrictions:
        return True
    today = local(at, zone).date()
    return any(start <= at < end for start, end in _windows(restrictions, zone, today, today))


def windows(restrictions: Sequence[Restriction], zone: ZoneInfo, start: datetime, end: datetime) -> list[Window]:
    """The times within [start, end) at which a layer so restricted is on: apart, in order, cut to the span."""
    if not restrictions:
        return [(start, end)]
    joined: list[Window] = []
    for begins, ends in sorted(_windows(restrictions, zone, local(start, zone).date(), local(end, zone).date())):
        begin, stop = max(begins, start), min(ends, end)
        if begin >= stop:
            continue
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
        else:
            joined.append((begin, stop))
    return joined


def _windows(restrictions: Sequence[Restriction], zone: ZoneInfo, first: date, last: date) -> Iterator[Window]:
    """Every window that may hold an instant of these local days: it began at most a day earlier, and where clocks
    fall back over midnight the next day may have begun already.
    """
    day = first - 2 * _DAY
    while day <= last + _DAY:
        for restriction in restrictions:
            if day.weekday() in restriction.days:
                begins = datetime.combine(day, restriction.start)
                ends = datetime.combine(day if restriction.end > restriction.start else day + _DAY, restriction.end)
                yield instant(begins, zone, Occurrence.FIRST), instant(ends, zone, Occurrence.LAST)
        day += _DAY
