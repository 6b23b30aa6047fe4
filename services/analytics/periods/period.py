"""The time that a report is about, [start, end), and the time before it of the same kind. Pure.

Months and quarters begin at midnight of the report's zone. Years under 1700 are Persian ones, whatever calendar is
asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDate

from shared.clocks.wallclock import find_zone, instant
from shared.problem import Problem, invalid

LAST_PERSIAN_YEAR = 1700
DEFAULT_LENGTH = timedelta(days=30)
_LONGEST_ZONE = 64
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_QUARTER = re.compile(r"(\d{4})-?[Qq](\d)")
MONTHS_OF_A_QUARTER = 3
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


class Calendar(StrEnum):
    """By which days and months are named."""

    GREGORIAN = "gregorian"
    PERSIAN = "persian"


@dataclass(frozen=True, slots=True)
class Month:
    """A month by its calendar's own year and number (1 to 12)."""

    year: int
    number: int
    calendar: Calendar

    def first_day(self) -> date:
        """Its first day, as a Gregorian date. Raises `ValueError` for a month that the calendar does not have."""
        return _gregorian(self.year, self.number, 1, self.calendar)

    def moved(self, months: int) -> Month:
        """The month so many months later; both calendars have twelve a year."""
        years, rest = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(years, rest + 1, self.calendar)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end), in UTC; `month` where it is a whole one, or the first of so many `months`, in the zone."""

    start: datetime
    end: datetime
    zone: ZoneInfo
    month: Month | None = None
    months: int = 1
    calendar: Calendar = Calendar.GREGORIAN
    """By which its days and months are named."""

    def before(self) -> Period:
        """The period that this one is compared with: the month or quarter before, or the same length of time before."""
        if self.month is not None:
            return month_period(self.month.moved(-self.months), self.zone, self.months)
        return Period(self.start - (self.end - self.start), self.start, self.zone, calendar=self.calendar)

    def contains(self, at: datetime) -> bool:
        """True from the start on, and before the end."""
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class AskedPeriod:
    """What a caller wrote, unchecked."""

    month: str | None = None
    start: str | None = None
    end: str | None = None
    zone: str | None = None
    calendar: Calendar | None = None
    quarter: str | None = None


def period_of(asked: AskedPeriod, now: datetime, usual_zone: str = "UTC") -> Period:
    """The period that is asked for; the last 30 days where none is named, to the next whole minute.

    Raises a 422 `Problem` that names the parameter that is wrong.
    """
    zone = find_zone(asked.zone[:_LONGEST_ZONE]) if asked.zone else find_zone(usual_zone)
    if zone is None:
        raise invalid("/zone", "no time zone of the IANA database, such as Europe/Berlin")
    if asked.quarter is not None:
        if asked.month is not None or asked.start is not None or asked.end is not None:
            raise invalid("/quarter", "either quarter, or month, or from and to")
        return _quarter(asked.quarter, asked.calendar, zone)
    if asked.month is not None:
        if asked.start is not None or asked.end is not None:
            raise invalid("/month", "either month, or from and to")
        return _month(asked.month, asked.calendar, zone)
    end = _instant("/to", asked.end, zone, asked.calendar) if asked.end else _next_minute(now)
    try:
        start = _instant("/from", asked.start, zone, asked.calendar) if asked.start else end - DEFAULT_LENGTH
    except OverflowError:
        raise invalid("/to", "too early") from None
    if start >= end:
        raise invalid("/to", "from must be before to")
    calendar = asked.calendar or Calendar.GREGORIAN
    return _with_one_before(Period(start, end, zone, calendar=calendar), "/from")


def month_period(month: Month, zone: ZoneInfo, months: int = 1) -> Period:
    """So many months in a zone, from this one on.

    Raises `ValueError` or `OverflowError` for what no calendar of ours reaches.
    """
    first, after = month.first_day(), month.moved(months).first_day()
    return Period(midnight(first, zone), midnight(after, zone), zone, month, months, month.calendar)


def _month(text: str, calendar: Calendar | None, zone: ZoneInfo) -> Period:
    match = _MONTH.fullmatch(text.strip())
    if match is None:
        raise invalid("/month", "a year and a month, such as 2026-10 or 1405-07")
    year, number = int(match[1]), int(match[2])
    try:
        return _with_one_before(month_period(Month(year, number, _calendar(year, calendar)), zone), "/month")
    except (ValueError, OverflowError):
        raise invalid("/month", "there is no such month") from None


def calendar_of(asked: Calendar | None, period: Period) -> Calendar:
    """By which calendar the days of a report are named: as was asked, else that of its month or quarter."""
    return asked or (period.month.calendar if period.month is not None else Calendar.GREGORIAN)


def name_day(day: date, calendar: Calendar) -> str:
    """A day in a calendar: `2026-06-22`, `1405-04-01`."""
    if calendar is Calendar.GREGORIAN:
        return day.isoformat()
    solar = JalaliDate(day)
    return f"{solar.year:04}-{solar.month:02}-{solar.day:02}"


def _quarter(text: str, calendar: Calendar | None, zone: ZoneInfo) -> Period:
    match = _QUARTER.fullmatch(text.strip())
    if match is None or not 1 <= int(match[2]) <= 4:
        raise invalid("/quarter", "a year and a quarter from 1 to 4, such as 2026Q3 or 1405Q2")
    year, first = int(match[1]), (int(match[2]) - 1) * MONTHS_OF_A_QUARTER + 1
    try:
        month = Month(year, first, _calendar(year, calendar))
        return _with_one_before(month_period(month, zone, MONTHS_OF_A_QUARTER), "/quarter")
    except (ValueError, OverflowError):
        raise invalid("/quarter", "there is no such quarter") from None


def _with_one_before(period: Period, pointer: str) -> Period:
    try:
        period.before()
    except (ValueError, OverflowError):
        raise invalid(pointer, "too early") from None
    return period


def _instant(pointer: str, text: str, zone: ZoneInfo, calendar: Calendar | None) -> datetime:
    """An RFC 3339 time, a local time without offset in the zone, or a day: its midnight there."""
    text = text.strip()
    day = _DAY.fullmatch(text)
    try:
        if day is not None:
            year = int(day[1])
            return midnight(_gregorian(year, int(day[2]), int(day[3]), _calendar(year, calendar)), zone)
        at = datetime.fromisoformat(text)
        return instant(at, zone) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _no_time(pointer) from None


def _no_time(pointer: str) -> Problem:
    return invalid(pointer, "a time such as 2026-10-01T00:00:00Z, or a day such as 2026-10-01 or 1405-07-09")


def _calendar(year: int, asked: Calendar | None) -> Calendar:
    return Calendar.PERSIAN if year < LAST_PERSIAN_YEAR else (asked or Calendar.GREGORIAN)


def _gregorian(year: int, month: int, day: int, calendar: Calendar) -> date:
    if calendar is Calendar.PERSIAN:
        solar: date = JalaliDate(year, month, day).to_gregorian()
        return solar
    return date(year, month, day)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day begins in a zone."""
    return instant(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001 - a local time, read in the zone


def _next_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)
