"""The days, weeks, months and quarters of a period, each from its midnight in the period's zone. Pure.

The first and the last bucket are whole ones of the calendar, though the period may begin or end within them. Weeks
begin on Monday, in the Persian calendar on Saturday.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from persiantools.jdatetime import JalaliDate

from services.analytics.periods.period import Calendar, Month, Period, midnight
from shared.clocks.wallclock import local

MOST_BUCKETS = 1_000
_MONDAY, _SATURDAY = 0, 5
_DAYS_OF_A_WEEK = 7


class Span(StrEnum):
    """What a period is cut into."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Bucket:
    """[start, end), in UTC; `name` is its first day, or its month or quarter, as the period's calendar has it."""

    name: str
    start: datetime
    end: datetime


class TooManyBuckets(ValueError):
    """The period has more of these than anybody reads."""


def buckets_of(period: Period, span: Span) -> Sequence[Bucket]:
    """The buckets that the period touches, in order, without gaps. Raises `TooManyBuckets`."""
    first = local(period.start, period.zone).date()
    last = local(period.end - timedelta(microseconds=1), period.zone).date()
    found: list[Bucket] = []
    begin = _beginning(first, span, period.calendar)
    while begin <= last:
        if len(found) == MOST_BUCKETS:
            raise TooManyBuckets
        end = _next(begin, span, period.calendar)
        name = _name(begin, span, period.calendar)
        found.append(Bucket(name, midnight(begin, period.zone), midnight(end, period.zone)))
        begin = end
    return found


def _beginning(day: date, span: Span, calendar: Calendar) -> date:
    if span is Span.DAY:
        return day
    if span is Span.WEEK:
        starts_on = _SATURDAY if calendar is Calendar.PERSIAN else _MONDAY
        return day - timedelta(days=(day.weekday() - starts_on) % _DAYS_OF_A_WEEK)
    year, month = _year_and_month(day, calendar)
    return Month(year, month if span is Span.MONTH else (month - 1) // 3 * 3 + 1, calendar).first_day()


def _next(begin: date, span: Span, calendar: Calendar) -> date:
    if span in (Span.DAY, Span.WEEK):
        return begin + timedelta(days=1 if span is Span.DAY else _DAYS_OF_A_WEEK)
    year, month = _year_and_month(begin, calendar)
    return Month(year, month, calendar).moved(1 if span is Span.MONTH else 3).first_day()


def _name(begin: date, span: Span, calendar: Calendar) -> str:
    if span in (Span.DAY, Span.WEEK):
        return str(JalaliDate(begin)) if calendar is Calendar.PERSIAN else begin.isoformat()
    year, month = _year_and_month(begin, calendar)
    return f"{year:04}-{month:02}" if span is Span.MONTH else f"{year:04}Q{(month + 2) // 3}"


def _year_and_month(day: date, calendar: Calendar) -> tuple[int, int]:
    if calendar is Calendar.PERSIAN:
        solar = JalaliDate(day)
        return solar.year, solar.month
    return day.year, day.month
