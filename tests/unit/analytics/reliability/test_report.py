"""The report of a service, by figures that are computed by hand."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from services.analytics.periods.period import AskedPeriod, Calendar, name_day, period_of
from services.analytics.reliability.budget import Budget
from services.analytics.reliability.csv_form import reliability_csv
from services.analytics.reliability.gathering import failures_by_service
from services.analytics.reliability.report import LONGEST_DAYS, DayDown, Stretch
from shared.clocks.epoch import to_millis
from shared.events.analytics.budgets import BudgetState
from shared.problem import Problem
from tests.unit.analytics.reliability.builders import NOW, OCTOBER, at, failure, report, service
from tests.unit.analytics.table.builders import BEGAN, counted, table_of

pytestmark = pytest.mark.unit

HOUR, DAY = 3_600_000, 86_400_000


def test_a_month_with_two_incidents_that_overlap() -> None:
    one = report(failure(1, "10-03T12:00", "10-03T14:00"), failure(2, "10-03T13:00", "10-03T14:30"))
    # 2.5 hours of 31 days
    assert one.downtime_ms == 9_000_000
    assert one.uptime == 1 - Fraction(9_000_000, 31 * DAY)
    assert one.failures == 2
    # 0.1 % of 31 days are 2678.4 seconds
    assert one.budget == Budget(2_678_400, 9_000_000)
    assert one.burn == Fraction(9_000_000, 2_678_400)
    assert one.met is False
    # the target's own window, 30 days to the end of October, has the same downtime
    assert one.rolling == Budget(2_592_000, 9_000_000)
    assert one.state is BudgetState.EXHAUSTED
    assert [(each.incident_id, each.spent_ms) for each in one.spenders] == [("INC-1", 2 * HOUR), ("INC-2", 1.5 * HOUR)]
    assert one.days == [DayDown(date(2026, 10, 3), 9_000_000, 1 - Fraction(9_000_000, DAY))]
    assert (one.previous_uptime, one.previous_downtime_ms) == (Fraction(1), 0)


def test_incidents_are_cut_to_the_period_and_the_days() -> None:
    one = report(failure(1, "09-30T23:00", "10-02T01:00"), failure(2, "10-31T23:30", "11-01T05:00"))
    assert one.downtime_ms == 25 * HOUR + HOUR // 2
    assert [(day.date.day, day.downtime_ms) for day in one.days] == [(1, DAY), (2, HOUR), (31, HOUR // 2)]
    assert one.previous_downtime_ms == HOUR
    assert one.failures == 1


def test_a_period_that_ends_in_the_future_is_counted_to_now() -> None:
    now = datetime(2026, 10, 11, tzinfo=UTC)
    one = report(failure(1, "10-10T00:00", "10-11T00:00"), now=now)
    assert one.uptime == Fraction(9, 10)
    assert one.budget == Budget(864_000, DAY)


def test_a_period_that_has_not_begun_has_no_uptime() -> None:
    one = report(now=datetime(2026, 9, 1, tzinfo=UTC))
    assert (one.uptime, one.met, list(one.days)) == (None, None, [])


def test_a_service_without_a_target_has_no_budget() -> None:
    one = report(failure(1, "10-03T12:00", "10-03T14:00"), of=service(slo_target=None))
    assert (one.budget, one.burn, one.met, one.rolling, one.state) == (None, None, None, None, None)
    assert one.downtime_ms == 2 * HOUR


def test_days_are_those_of_the_zone_also_when_clocks_change() -> None:
    period = period_of(AskedPeriod(month="2026-10", zone="Europe/Berlin"), NOW)
    stretch = Stretch.of(period, NOW)
    lengths = {one.date.day: (one.end - one.start) // HOUR for one in stretch.days}
    assert (len(lengths), lengths[24], lengths[25]) == (31, 24, 25)
    assert sum(lengths.values()) * HOUR == stretch.end - stretch.start


def test_days_have_their_name_in_the_report_s_calendar() -> None:
    assert name_day(date(2026, 6, 22), Calendar.PERSIAN) == "1405-04-01"
    assert name_day(date(2026, 6, 22), Calendar.GREGORIAN) == "2026-06-22"


def test_a_report_has_an_end() -> None:
    long = period_of(AskedPeriod(start="2000-01-01", end="2026-01-01"), NOW)
    assert long.end - long.start > timedelta(days=LONGEST_DAYS)
    with pytest.raises(Problem) as refused:
        Stretch.of(long, NOW)
    assert refused.value.errors[0].pointer == "/from"


def test_csv_has_a_row_a_service_and_computes_nothing_in_a_spreadsheet() -> None:
    told = [report(failure(1, "10-03T12:00", "10-03T14:00")), report(of=service(id="x", name="=1+1", slo_target=None))]
    rows = list(csv.DictReader(io.StringIO(reliability_csv(told))))
    assert rows[0] | {"uptime": ""} == {
        "service_id": "payments", "service": "Payments", "team": "shop", "uptime": "", "downtime_seconds": "7200.0",
        "failures": "1", "target": "0.999", "window_days": "30", "met": "no", "budget_seconds": "2678.4",
        "left_seconds": "-4521.6", "left_share": repr(float(Fraction(-4521600, 2678400))),
        "burn_rate": repr(float(Fraction(7200000, 2678400))), "window_left_seconds": "-4608.0",
        "window_left_share": repr(float(Fraction(-4608000, 2592000))), "state": "exhausted", "previous_uptime": "1.0",
        "previous_downtime_seconds": "0.0", "days_with_downtime": "1", "longest_incident": "INC-1",
        "longest_seconds": "7200.0",
    }  # fmt: skip
    assert (rows[1]["service"], rows[1]["target"], rows[1]["met"], rows[1]["uptime"]) == ("'=1+1", "", "", "1.0")


def test_failures_are_taken_from_the_table_whole() -> None:
    hours = [BEGAN + timedelta(hours=hour) for hour in range(6)]
    table = table_of(
        [
            counted(1, service_id="payments", resolved_at=hours[2]),
            counted(2, service_id="payments"),
            counted(3, service_id="payments", drill_id="d"),
            counted(4, service_id="shop", merged_into="x"),
            counted(5),
        ]
    )
    found = failures_by_service(table, to_millis(hours[1]), to_millis(hours[5]))
    assert list(found) == ["payments"]
    assert [(one.incident_id[-4:], one.start, one.end, one.is_open) for one in found["payments"]] == [
        ("0001", to_millis(hours[1]), to_millis(hours[2]), False),
        ("0002", to_millis(hours[2]), to_millis(hours[5]), True),
    ]
    assert failures_by_service(table, to_millis(hours[2]), to_millis(hours[2])) == {}
    assert at("10-01T00:00") == to_millis(OCTOBER.start)
