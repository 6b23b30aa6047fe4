"""Days, weeks, months and quarters of a period."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from convertdate import persian

from services.analytics.periods.buckets import Span, TooManyBuckets, buckets_of
from services.analytics.periods.period import AskedPeriod, Calendar, Period, period_of

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def period(**asked: str | Calendar | None) -> Period:
    return period_of(AskedPeriod(**asked), NOW, "Europe/Berlin")  # type: ignore[arg-type]


def test_days_begin_at_the_zones_midnight_also_where_clocks_jump() -> None:
    days = buckets_of(period(start="2026-10-24", end="2026-10-27"), Span.DAY)
    assert [one.name for one in days] == ["2026-10-24", "2026-10-25", "2026-10-26"]
    assert [(one.end - one.start) / timedelta(hours=1) for one in days] == [24, 25, 24]
    assert all(one.end == other.start for one, other in pairwise(days))


@pytest.mark.parametrize(
    "calendar, span, names",
    [
        (None, Span.WEEK, ["2026-09-28", "2026-10-05"]),
        (Calendar.PERSIAN, Span.WEEK, ["1405-07-04", "1405-07-11", "1405-07-18"]),
        (None, Span.MONTH, ["2026-10"]),
        (Calendar.PERSIAN, Span.MONTH, ["1405-07"]),
        (None, Span.QUARTER, ["2026Q4"]),
        (Calendar.PERSIAN, Span.QUARTER, ["1405Q3"]),
    ],
)
def test_weeks_months_and_quarters_are_those_of_the_calendar(
    calendar: Calendar | None, span: Span, names: list[str]
) -> None:
    days = ("1405-07-09", "1405-07-19") if calendar is Calendar.PERSIAN else ("2026-10-01", "2026-10-11")
    found = buckets_of(period(start=days[0], end=days[1], calendar=calendar), span)
    assert [one.name for one in found] == names


def test_more_than_anybody_reads_are_refused() -> None:
    with pytest.raises(TooManyBuckets):
        buckets_of(period(start="1970-01-01", end="2026-01-01"), Span.DAY)


@pytest.mark.parametrize("year", [1399, 1403, 1404, 1405, 1408])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_persian_quarters_are_those_of_another_library(year: int, number: int) -> None:
    found = period(quarter=f"{year}Q{number}")
    months = (3 * number - 2, 3 * number + 1)
    begins = [date(*persian.to_gregorian(year + (one - 1) // 12, (one - 1) % 12 + 1, 1)) for one in months]
    assert [one.astimezone(BERLIN).date() for one in (found.start, found.end)] == begins
    assert found.before().end == found.start
