"""Nights, weekends and holidays on the clock of a time zone, as instants. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.analytics.table.columns import Ints
from services.analytics.table.downtime import unite
from services.analytics.table.table import NIGHT_BEGINS, NIGHT_ENDS, SATURDAY
from shared.clocks.epoch import from_millis, to_millis
from shared.clocks.wallclock import find_zone, instant

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Windows:
    """Stretches of time [start, end), in milliseconds since 1970, apart and in order."""

    starts: Ints
    ends: Ints

    def overlap(self, starts: Ints, ends: Ints) -> int:
        """How long these stretches, which are apart too, are inside, in milliseconds."""
        return int((self._before(ends) - self._before(starts)).sum()) if len(self.starts) else 0

    def _before(self, moments: Ints) -> Ints:
        """How much of the windows lies before each of these moments."""
        lengths = np.concatenate(([0], np.cumsum(self.ends - self.starts)))
        begun = np.searchsorted(self.starts, moments, side="right")
        inside = np.where(begun > 0, np.minimum(moments, self.ends[begun - 1]) - self.starts[begun - 1], 0)
        whole: Ints = lengths[np.maximum(begun - 1, 0)] + inside
        return whole


@dataclass(frozen=True, slots=True)
class LocalWindows:
    """What is night, weekend and holiday in a zone."""

    nights: Windows
    weekends: Windows
    holidays: Windows


def local_windows(zone_name: str, begin: int, end: int, holidays: Collection[date]) -> LocalWindows:
    """All that touch [begin, end), milliseconds since 1970. A zone that nobody knows is UTC."""
    zone = find_zone(zone_name) or ZoneInfo("UTC")
    first = from_millis(begin).astimezone(zone).date() - _DAY
    days = [first + number * _DAY for number in range((from_millis(end).astimezone(zone).date() - first).days + 1)]
    nights = [(_at(day, NIGHT_BEGINS, zone), _at(day + _DAY, NIGHT_ENDS, zone)) for day in days]
    weekends = [(_at(day, 0, zone), _at(day + _DAY, 0, zone)) for day in days if day.weekday() >= SATURDAY]
    free = [(_at(day, 0, zone), _at(day + _DAY, 0, zone)) for day in days if day in holidays]
    return LocalWindows(*(_windows(one) for one in (nights, weekends, free)))


def _at(day: date, hour: int, zone: ZoneInfo) -> int:
    return to_millis(instant(datetime.combine(day, time(hour)), zone))


def _windows(pairs: list[tuple[int, int]]) -> Windows:
    starts, ends = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    return Windows(*unite(starts, ends))
