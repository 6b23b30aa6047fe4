"""Which reviews are due, and of which time. Pure.

All are made on Mondays at 07:00 of the house's zone: the week's on each, the month's and the quarter's on the first
Monday after it. Weeks begin on Monday, months and quarters are those of the Gregorian calendar.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.analytics.periods.period import Calendar, Month, Period, midnight, month_period
from shared.clocks.wallclock import instant

HOUR = time(7)
_WEEK = timedelta(days=7)


class ReviewKind(StrEnum):
    """How long a time a review is about."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


_MONTHS = {ReviewKind.MONTHLY: 1, ReviewKind.QUARTERLY: 3}


@dataclass(frozen=True, slots=True)
class DueReview:
    """A review whose time to be made has come: of the days [start, end)."""

    kind: ReviewKind
    start: date
    end: date
    due_at: datetime
    zone: ZoneInfo

    @property
    def id(self) -> str:
        """`weekly-2026-W48`, `monthly-2026-11` or `quarterly-2026Q4`: one review is made of a time."""
        if self.kind is ReviewKind.WEEKLY:
            return f"{self.kind}-{self.start:%G-W%V}"
        if self.kind is ReviewKind.MONTHLY:
            return f"{self.kind}-{self.start:%Y-%m}"
        return f"{self.kind}-{self.start.year}Q{(self.start.month + 2) // 3}"

    @property
    def period(self) -> Period:
        """The instants that it is about."""
        return review_period(self.kind, self.start, self.end, self.zone)


def due_reviews(now: datetime, zone: ZoneInfo) -> list[DueReview]:
    """The newest review of each kind whose time has come. One that was missed is still due until the next one is."""
    return [_newest(kind, now, zone) for kind in ReviewKind]


def next_monday(now: datetime, zone: ZoneInfo) -> datetime:
    """The next instant after `now` at which a review becomes due, in UTC."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    at = instant(datetime.combine(monday, HOUR), zone)
    return at if at > now else instant(datetime.combine(monday + _WEEK, HOUR), zone)


def _newest(kind: ReviewKind, now: datetime, zone: ZoneInfo) -> DueReview:
    end = _start_of(kind, now.astimezone(zone).date())
    while True:
        due_at = instant(datetime.combine(_first_monday(end), HOUR), zone)
        start = _start_of(kind, end - timedelta(days=1))
        if due_at <= now:
            return DueReview(kind, start, end, due_at, zone)
        end = start


def _start_of(kind: ReviewKind, day: date) -> date:
    """The first day of the week, month or quarter of a day."""
    if kind is ReviewKind.WEEKLY:
        return day - timedelta(days=day.weekday())
    months = _MONTHS[kind]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _first_monday(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)


def review_period(kind: ReviewKind, start: date, end: date, zone: ZoneInfo) -> Period:
    """The instants of the days [start, end) in a zone, which are a week, a month or a quarter."""
    if kind is ReviewKind.WEEKLY:
        return Period(midnight(start, zone), midnight(end, zone), zone)
    return month_period(Month(start.year, start.month, Calendar.GREGORIAN), zone, _MONTHS[kind])
