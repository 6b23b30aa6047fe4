"""Support hours: when somebody works on a service's incidents, and so when their SLA clocks run.

They are hours of the week on the wall clock of a zone, by the rules that schedules have. Hours that begin on a holiday
are left out, those of the day before that run into it are not.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, PlainSerializer, field_validator, model_validator

from shared.clocks.epoch import EPOCH
from shared.clocks.wallclock import find_zone
from shared.clocks.weekly_hours import WeeklyHours, Window, windows
from shared.stored import Stored

LEAST_A_WEEK = timedelta(hours=1)
"""With less a deadline may lie decades ahead."""

_WEEK = timedelta(days=7)
_A_MONDAY = EPOCH + timedelta(days=4)

Day = Annotated[date, PlainSerializer(date.isoformat, return_type=str)]
"""A local day; the database has no type for one."""


class OpenHours(WeeklyHours):
    """Hours of some weekdays."""

    @model_validator(mode="after")
    def _has_a_length(self) -> OpenHours:
        if self.is_of_no_length:
            raise ValueError("from and to are the same; the whole day is from 00:00 to 24:00")
        return self


class SupportHours(Stored):
    """The hours of the week in which somebody works on a service, in the local time of its zone."""

    time_zone: Annotated[str, Field(max_length=100)]
    hours: Annotated[tuple[OpenHours, ...], Field(max_length=50)]
    holidays: Annotated[tuple[Day, ...], Field(max_length=400)] = ()

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if find_zone(value) is None:
            raise ValueError("not the name of an IANA time zone, such as Europe/Berlin")
        return value

    @field_validator("hours")
    @classmethod
    def _are_enough(cls, value: tuple[OpenHours, ...]) -> tuple[OpenHours, ...]:
        if not value:
            raise ValueError("no hours at all; null means all day, every day")
        a_week = windows(value, ZoneInfo("UTC"), _A_MONDAY, _A_MONDAY + _WEEK)
        if sum((end - start for start, end in a_week), timedelta()) < LEAST_A_WEEK:
            raise ValueError("less than an hour a week")
        return value


def add_support_time(start: datetime, allowed: timedelta, hours: SupportHours | None) -> datetime:
    """The first instant by which `allowed`, more than nothing, has passed since `start` within the support hours.

    None for `hours`: the clock runs all day, every day.
    """
    if hours is None:
        return start + allowed
    weeks, number = _weeks(hours), (start - _A_MONDAY) // _WEEK
    while True:
        for begins, end in weeks.windows(number):
            begin = max(begins, start)
            if end <= begin:
                continue
            if end - begin >= allowed:
                return begin + allowed
            allowed -= end - begin
        number += 1


class _Weeks:
    """The support hours week by week, as instants; a list of incidents asks for the same ones again and again."""

    def __init__(self, hours: SupportHours) -> None:
        self._hours = hours
        self._zone = ZoneInfo(hours.time_zone)
        self._holidays = frozenset(hours.holidays)
        self._known: dict[int, list[Window]] = {}

    def windows(self, number: int) -> list[Window]:
        """The windows of a week, counted from the first Monday of 1970 in UTC."""
        if number not in self._known:
            start = _A_MONDAY + number * _WEEK
            self._known[number] = windows(self._hours.hours, self._zone, start, start + _WEEK, self._holidays)
        return self._known[number]


@lru_cache(maxsize=256)
def _weeks(hours: SupportHours) -> _Weeks:
    return _Weeks(hours)
