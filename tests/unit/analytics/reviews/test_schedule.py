"""Which reviews are due at which moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.reviews.schedule import ReviewKind, due_reviews, next_monday

UTC_ZONE = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")


def ids(now: datetime, zone: ZoneInfo = UTC_ZONE) -> list[str]:
    return [one.id for one in due_reviews(now, zone)]


@pytest.mark.parametrize(
    "now, wanted",
    [
        # 2026-11-30 is a Monday: at seven the week's is due; November is not over
        (datetime(2026, 11, 30, 6, 59, tzinfo=UTC), ["weekly-2026-W47", "monthly-2026-10", "quarterly-2026Q3"]),
        (datetime(2026, 11, 30, 7, 0, tzinfo=UTC), ["weekly-2026-W48", "monthly-2026-10", "quarterly-2026Q3"]),
        # the first Monday of December
        (datetime(2026, 12, 7, 6, 59, tzinfo=UTC), ["weekly-2026-W48", "monthly-2026-10", "quarterly-2026Q3"]),
        (datetime(2026, 12, 7, 7, 0, tzinfo=UTC), ["weekly-2026-W49", "monthly-2026-11", "quarterly-2026Q3"]),
        # the year's turn: week 53, December and the fourth quarter, all on the 4th of January
        (datetime(2027, 1, 4, 7, 0, tzinfo=UTC), ["weekly-2026-W53", "monthly-2026-12", "quarterly-2026Q4"]),
        # a month that begins on a Monday is reviewed on its first day
        (datetime(2026, 6, 1, 7, 0, tzinfo=UTC), ["weekly-2026-W22", "monthly-2026-05", "quarterly-2026Q1"]),
    ],
)
def test_reviews_are_due_on_mondays_at_seven(now: datetime, wanted: list[str]) -> None:
    assert ids(now) == wanted


def test_seven_is_the_houses_own_also_in_summer() -> None:
    assert ids(datetime(2026, 7, 6, 4, 59, tzinfo=UTC), BERLIN)[0] == "weekly-2026-W26"
    assert ids(datetime(2026, 7, 6, 5, 0, tzinfo=UTC), BERLIN)[0] == "weekly-2026-W27"
    assert next_monday(datetime(2026, 7, 6, 5, 0, tzinfo=UTC), BERLIN) == datetime(2026, 7, 13, 5, 0, tzinfo=UTC)
    # the clocks go back on Sunday the 25th of October
    assert next_monday(datetime(2026, 10, 20, tzinfo=UTC), BERLIN) == datetime(2026, 10, 26, 6, 0, tzinfo=UTC)


def test_a_review_is_of_whole_days_of_the_zone_and_beside_the_time_before() -> None:
    week, month, quarter = due_reviews(datetime(2026, 11, 30, 7, 0, tzinfo=UTC), BERLIN)
    assert (week.period.start, week.period.end) == (
        datetime(2026, 11, 22, 23, tzinfo=UTC),
        datetime(2026, 11, 29, 23, tzinfo=UTC),
    )
    assert week.period.before().start == datetime(2026, 11, 15, 23, tzinfo=UTC)
    assert (month.start, month.end, month.period.before().start) == (
        date(2026, 10, 1),
        date(2026, 11, 1),
        datetime(2026, 8, 31, 22, tzinfo=UTC),
    )
    assert (quarter.start, quarter.end, quarter.period.before().end) == (
        date(2026, 7, 1),
        date(2026, 10, 1),
        datetime(2026, 6, 30, 22, tzinfo=UTC),
    )


@given(
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)),  # noqa: DTZ001 - made aware below
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Tehran", "Asia/Tokyo", "America/New_York"]),
)
def test_from_monday_to_monday_nothing_becomes_due(at: datetime, zone: str) -> None:
    now, where = at.replace(tzinfo=UTC), ZoneInfo(zone)
    monday = next_monday(now, where)
    assert now < monday <= now + timedelta(days=7, hours=2)
    assert ids(now, where) == ids(monday - timedelta(milliseconds=1), where)
    then = due_reviews(monday, where)
    assert then[0].kind is ReviewKind.WEEKLY
    assert then[0].due_at == monday
    assert all(one.due_at <= monday and one.period.end <= one.due_at for one in then)
