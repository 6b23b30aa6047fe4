"""Hours of the week, as a rota's layer or a support contract has them: windows on the wall clock of a zone.

A window starts at the first and ends at the last occurrence of its local times. Windows that overlap or touch are one.
One that runs past midnight belongs to the weekday it starts on. No hours at all mean always. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from shared.clocks.wallclock import Occurrence, instant, local

Window = tuple[datetime, datetime]
"""[start, end) in UTC."""

_DAY = timedelta(days=1)
_LONGEST_FOLD = timedelta(hours=4)
"""No clock has fallen back by more since 1970; three hours were seen in the Antarctic."""


class Weekday(StrEnum):
    """Monday first, as `datetime.weekday` counts."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"

    @property
    def number(self) -> int:
        """0 for Monday."""
        return list(Weekday).index(self)


class WeeklyHours(BaseModel):
    """Hours of some weekdays. A `to` that is not after `from` runs past midnight, of the weekday it starts on."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, serialize_by_alias=True)

    weekdays: Annotated[tuple[Weekday, ...], Field(max_length=7)] = tuple(Weekday)
    from_: Annotated[str, Field(alias="from", pattern=r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$")]
    to: Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?|24:00(:00)?)$")]

    @field_validator("weekdays")
    @classmethod
    def _is_some_day(cls, value: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
        if not value:
            raise ValueError("names no day")
        return value

    @cached_property
    def days(self) -> frozenset[int]:
        """The weekdays as numbers, 0 for Monday."""
        return frozenset(day.number for day in self.weekdays)

    @cached_property
    def start(self) -> time:
        """The wall-clock time at which it begins."""
        return time.fromisoformat(self.from_)

    @cached_property
    def end(self) -> time:
        """The wall-clock time at which it ends; midnight when `to` is 24:00."""
        return time() if self.to.startswith("24") else time.fromisoformat(self.to)

    @property
    def is_of_no_length(self) -> bool:
        """It ends when it begins. The whole day is from 00:00 to 24:00."""
        return self.start == self.end and not self.to.startswith("24")


def within(hours: Sequence[WeeklyHours], zone: ZoneInfo, at: datetime) -> bool:
    """True when the instant `at` is in these hours of the zone."""
    if not hours:
        return True
    wall = local(at, zone)
    return any(
        begins - _LONGEST_FOLD <= wall < ends + _LONGEST_FOLD and _begin(begins, zone) <= at < _end(ends, zone)
        for begins, ends in _on_the_wall(hours, wall.date(), wall.date())
    )


def windows(
    hours: Sequence[WeeklyHours], zone: ZoneInfo, start: datetime, end: datetime, but: Collection[date] = ()
) -> list[Window]:
    """These hours of the zone within [start, end): apart, in order, cut to the span.

    What begins on one of the local days `but` is left out.
    """
    if not hours:
        return [(start, end)]
    on_the_wall = _on_the_wall(hours, local(start, zone).date(), local(end, zone).date())
    shown = [(begins, ends) for begins, ends in on_the_wall if begins.date() not in but]
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


def _on_the_wall(hours: Sequence[WeeklyHours], first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    """Every window, in local times, that may hold an instant of these local days: it began at most a day earlier, and
    where clocks fall back over midnight the next day may have begun already.
    """
    day = first - 2 * _DAY
    while day <= last + _DAY:
        for one in hours:
            if day.weekday() in one.days:
                ends_on = day if one.end > one.start else day + _DAY
                yield datetime.combine(day, one.start), datetime.combine(ends_on, one.end)
        day += _DAY
