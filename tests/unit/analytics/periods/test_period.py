"""The period that a report is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import pairwise

import pytest
from convertdate import persian
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.periods.period import AskedPeriod, Calendar, period_of
from shared.problem import Problem

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 29, 12, 0, 30, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    "asked, start, end",
    [
        pytest.param(AskedPeriod(), "2026-10-30T12:01Z", "2026-11-29T12:01Z", id="the last 30 days"),
        pytest.param(AskedPeriod(month="2026-10"), "2026-10-01T00:00Z", "2026-11-01T00:00Z", id="a month"),
        pytest.param(AskedPeriod(month="2026-2"), "2026-02-01T00:00Z", "2026-03-01T00:00Z", id="a month of one digit"),
        pytest.param(
            AskedPeriod(month="2026-10", zone="Europe/Berlin"),
            "2026-09-30T22:00Z",
            "2026-10-31T23:00Z",
            id="a month in which the clocks change",
        ),
        pytest.param(AskedPeriod(month="1405-07"), "2026-09-23T00:00Z", "2026-10-23T00:00Z", id="a Persian month"),
        pytest.param(AskedPeriod(month="۱۴۰۵-۰۷"), "2026-09-23T00:00Z", "2026-10-23T00:00Z", id="in Persian digits"),
        pytest.param(
            AskedPeriod(month="1405-12", calendar=Calendar.PERSIAN, zone="Asia/Tehran"),
            "2027-02-19T20:30Z",
            "2027-03-20T20:30Z",
            id="the last month of a Persian year, which is short",
        ),
        pytest.param(
            AskedPeriod(start="2026-10-05", end="2026-10-06", zone="Asia/Tokyo"),
            "2026-10-04T15:00Z",
            "2026-10-05T15:00Z",
            id="a day in a zone",
        ),
        pytest.param(
            AskedPeriod(start="2026-10-05T10:00:00+02:00", end="2026-10-05T09:00:00Z"),
            "2026-10-05T08:00Z",
            "2026-10-05T09:00Z",
            id="instants",
        ),
        pytest.param(
            AskedPeriod(end="2026-10-31"), "2026-10-01T00:00Z", "2026-10-31T00:00Z", id="30 days before an end"
        ),
        pytest.param(
            AskedPeriod(start="1405-07-01"), "2026-09-23T00:00Z", "2026-11-29T12:01Z", id="from a Persian day"
        ),
    ],
)
def test_a_period_is_read(asked: AskedPeriod, start: str, end: str) -> None:
    period = period_of(asked, NOW)
    assert (period.start, period.end) == (at(start), at(end))


@pytest.mark.parametrize(
    "quarter, start, end, before",
    [
        ("2026Q3", "2026-07-01T00:00Z", "2026-10-01T00:00Z", "2026-04-01T00:00Z"),
        ("2026-q1", "2026-01-01T00:00Z", "2026-04-01T00:00Z", "2025-10-01T00:00Z"),
        ("1405Q2", "2026-06-22T00:00Z", "2026-09-23T00:00Z", "2026-03-21T00:00Z"),
    ],
)
def test_a_quarter_is_read(quarter: str, start: str, end: str, before: str) -> None:
    period = period_of(AskedPeriod(quarter=quarter), NOW)
    assert (period.start, period.end) == (at(start), at(end))
    assert (period.before().start, period.before().end) == (at(before), at(start))


def test_persian_quarters_are_those_of_another_library() -> None:
    """`convertdate` computes equinoxes, the product's library knows a table; 1403 and 1408 are leap years."""
    begins = {
        (year, month): datetime.combine(date(*persian.to_gregorian(year, month, 1)), time(), UTC)
        for year in range(1403, 1410)
        for month in (1, 4, 7, 10)
    }
    for ((year, month), begin), (_, end) in pairwise(begins.items()):
        period = period_of(AskedPeriod(quarter=f"{year}Q{(month + 2) // 3}"), NOW)
        assert (period.start, period.end) == (begin, end)


@pytest.mark.parametrize(
    "asked, pointer",
    [
        pytest.param(AskedPeriod(quarter="2026Q5"), "/quarter", id="no quarter"),
        pytest.param(AskedPeriod(quarter="Q1"), "/quarter", id="a quarter without a year"),
        pytest.param(AskedPeriod(quarter="2026Q1", month="2026-01"), "/quarter", id="a quarter and a month"),
        pytest.param(AskedPeriod(month="2026-13"), "/month", id="no month of the year"),
        pytest.param(AskedPeriod(month="1405-00"), "/month", id="no month of the Persian year"),
        pytest.param(AskedPeriod(month="0000-01"), "/month", id="no year"),
        pytest.param(AskedPeriod(month="0001-01", calendar=Calendar.GREGORIAN), "/month", id="nothing before it"),
        pytest.param(AskedPeriod(month="October"), "/month", id="a word"),
        pytest.param(AskedPeriod(month="2026-10", start="2026-10-01"), "/month", id="both"),
        pytest.param(AskedPeriod(zone="Mars/Olympus"), "/zone", id="no zone"),
        pytest.param(AskedPeriod(zone="../etc/passwd"), "/zone", id="a path for a zone"),
        pytest.param(AskedPeriod(start="2026-10-02", end="2026-10-01"), "/to", id="it ends before it begins"),
        pytest.param(AskedPeriod(start="2026-10-01", end="2026-10-01"), "/to", id="nothing between"),
        pytest.param(AskedPeriod(start="yesterday"), "/from", id="no time"),
        pytest.param(AskedPeriod(end="NaN"), "/to", id="no number"),
        pytest.param(AskedPeriod(start="2026-02-30"), "/from", id="no day"),
    ],
)
def test_what_is_no_period_is_named(asked: AskedPeriod, pointer: str) -> None:
    with pytest.raises(Problem) as refused:
        period_of(asked, NOW)
    assert (refused.value.status, refused.value.errors[0].pointer) == (422, pointer)


@given(st.integers(1990, 2090), st.integers(1, 12), st.sampled_from(("UTC", "Europe/Berlin", "Asia/Tehran")))
def test_the_month_before_ends_where_the_month_begins(year: int, number: int, zone: str) -> None:
    period = period_of(AskedPeriod(month=f"{year}-{number:02}", zone=zone), NOW)
    assert period.before().end == period.start
    assert period.contains(period.start)
    assert not period.contains(period.end)


def test_the_time_before_an_interval_is_as_long() -> None:
    period = period_of(AskedPeriod(start="2026-10-05", end="2026-10-12"), NOW)
    assert period.before().start == at("2026-09-28T00:00Z")
    assert period.before().end == period.start


@given(st.text(max_size=30))
def test_any_text_is_a_period_or_named(text: str) -> None:
    for asked in (AskedPeriod(month=text), AskedPeriod(start=text), AskedPeriod(end=text), AskedPeriod(zone=text)):
        try:
            period = period_of(asked, NOW)
        except Problem:
            continue
        assert period.start < period.end
