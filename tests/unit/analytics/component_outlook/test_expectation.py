"""Expected incidents of a week: shown only where they beat the mean of the same week days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.component_outlook.expectation import Verdict, expect, interval
from services.analytics.component_outlook.weekly_counts import count_weeks, week_of
from services.analytics.table.counted import CountedIncident
from services.analytics.table.selection import Wanted
from services.analytics.table.table import Table
from shared.vocabulary import Category, Priority, Severity

pytestmark = pytest.mark.unit


def weeks(totals: list[int]) -> np.ndarray:
    """Weeks with these totals, spread evenly from Monday on."""
    return np.array([[total // 7 + (day < total % 7) for day in range(7)] for total in totals])


def test_what_grows_is_expected_higher_than_the_mean_and_shown() -> None:
    totals = [2] * 10 + [14] * 10
    found = expect(weeks(totals))
    assert found.verdict is Verdict.SHOWN
    assert 12 < found.expected <= 14
    assert found.error < found.naive_error
    assert found.lo <= found.expected <= found.hi
    assert sum(found.days) == pytest.approx(found.expected)
    # the naive forecast of week w is the mean of weeks 0 to w - 2
    naive = [np.mean(totals[: week - 1]) for week in range(8, 20)]
    assert found.naive_error == pytest.approx(np.mean(np.abs(np.array(naive) - totals[8:])))


def test_what_stays_the_same_is_not_shown() -> None:
    rng = np.random.default_rng(1)
    shown = sum(expect(rng.poisson(2, (40, 7))).verdict is Verdict.SHOWN for _ in range(40))
    assert shown <= 8
    assert expect(weeks([7] * 20)).verdict is Verdict.NO_BETTER


@pytest.mark.parametrize(
    "totals", [pytest.param([5] * 8, id="few weeks"), pytest.param([0] * 29 + [3], id="few incidents")]
)
def test_of_little_nothing_is_said(totals: list[int]) -> None:
    assert expect(weeks(totals)).verdict is Verdict.TOO_LITTLE


def test_past_weeks_lie_in_their_intervals_nine_times_of_ten() -> None:
    rng = np.random.default_rng(2)
    level = np.concatenate([np.full(20, 1.0), np.full(20, 4.0)])
    found = [expect(rng.poisson(level[:, None], (40, 7))) for _ in range(30)]
    assert all(one.verdict is Verdict.SHOWN for one in found)
    assert np.mean([one.within for one in found]) >= 0.85


def test_an_interval_of_independent_events_is_poissons() -> None:
    # by a table of the Poisson distribution with mean 4: P(X <= 1) = 0.092, P(X <= 7) = 0.949, P(X <= 8) = 0.979
    assert interval(4.0, 4.0) == (1, 8)
    assert interval(0.0, 0.0) == (0, 0)


@given(st.floats(0, 500), st.floats(0, 5000))
def test_an_interval_is_in_order_and_holds_its_mean(mean: float, variance: float) -> None:
    lo, hi = interval(mean, variance)
    assert 0 <= lo <= hi
    assert interval(mean, mean)[0] <= mean <= interval(mean, mean)[1] + 1


def test_weeks_begin_on_monday_where_the_house_is() -> None:
    zone = ZoneInfo("Asia/Tokyo")
    # Sunday evening in UTC is Monday in Tokyo
    assert week_of(datetime(2026, 11, 29, 20, tzinfo=UTC), zone) == date(2026, 11, 30)
    assert week_of(datetime(2026, 11, 29, 20, tzinfo=UTC), UTC) == date(2026, 11, 23)


def incident(number: int, at: datetime, **fields: object) -> CountedIncident:
    plain: dict[str, object] = {
        "id": f"INC-{number:06}", "created_at": at, "service_id": "shop", "severity": Severity.HIGH,
        "priority": Priority.HIGH, "category": Category.ERROR,
    }  # fmt: skip
    return CountedIncident.model_validate({**plain, **fields})


def test_incidents_are_counted_in_the_days_of_complete_weeks() -> None:
    monday = date(2026, 11, 30)
    at = datetime(2026, 11, 17, 12, tzinfo=UTC)  # a Tuesday, two weeks before
    table = Table()
    table.services["shop"] = "Shop"
    for number, one in enumerate(
        [
            incident(1, at),
            incident(2, at + timedelta(days=7)),
            incident(3, at + timedelta(days=7)),
            incident(4, at + timedelta(days=14)),  # this week is not complete
            incident(5, at, prediction_id="p"),
            incident(6, at, drill_id="d"),
            incident(7, at, service_id="gone"),
        ]
    ):
        table.take_incident(number + 1, one)
    (found,) = count_weeks(table, Wanted(), monday, UTC)
    assert (found.service_id, found.name) == ("shop", "Shop")
    assert found.counts.tolist() == [[0, 1, 0, 0, 0, 0, 0], [0, 2, 0, 0, 0, 0, 0]]
    assert count_weeks(Table(), Wanted(), monday, UTC) == []
