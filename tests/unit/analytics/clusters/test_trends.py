"""The share of each cluster in a period, and whether it grows."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from services.analytics.clusters.csv_form import trends_csv
from services.analytics.clusters.trends import GroupBy, Trend, most_frequent, trends_of
from services.analytics.periods.period import Calendar, Month, month_period
from services.analytics.runbooks.usage import RunbookHistory, RunbookRun
from shared.events.actions import ActionFact, ActionState
from shared.vocabulary import Severity
from tests.unit.analytics.clusters.builders import BEGAN, clustered, formed

pytestmark = pytest.mark.unit

OCTOBER = month_period(Month(2026, 10, Calendar.GREGORIAN), ZoneInfo("UTC"))
IN_SEPTEMBER = -24 * 10
OTHERS = (
    "Disk full on web{}", "Office door sensor offline", "Turkish translation shows question marks",
    "Printer on the third floor jammed", "Certificate of the shop expired", "Parking barrier stuck open",
    "Customer asks for an export of all orders", "Clock drift on the lab switch", "Video calls echo",
)  # fmt: skip


def test_the_sentence_of_the_mission_comes_out_of_realistic_data() -> None:
    database = ["Database connection error on db-{}", "DB connection error: orders", "database connection errors ({})"]
    titles = [one.format(number) for number in range(50) for one in (database[number % 3],) if number % 5 == 0]
    titles += [OTHERS[number % len(OTHERS)].format(number) for number in range(40)]
    incidents = [clustered(number, title) for number, title in enumerate(titles)]
    trends = trends_of(incidents, formed(incidents), {}, OCTOBER)
    database_cluster = next(one for one in trends.clusters if "atabase" in one.name)
    assert (trends.total, database_cluster.count, database_cluster.share) == (50, 10, 0.2)
    assert database_cluster.name.casefold().startswith("database connection error")


@pytest.mark.parametrize(
    "before, now, trend",
    [
        pytest.param(0, 2, Trend.NEW, id="none before"),
        pytest.param(2, 3, Trend.RISING, id="more"),
        pytest.param(5, 5, Trend.STEADY, id="as many"),
        pytest.param(5, 2, Trend.FALLING, id="fewer"),
    ],
)
def test_a_period_is_compared_with_the_one_before(before: int, now: int, trend: Trend) -> None:
    earlier = [clustered(IN_SEPTEMBER + number, "Disk full on db-1") for number in range(before)]
    incidents = earlier + [clustered(number, "Disk full on db-2") for number in range(now)]
    (cluster,) = trends_of(incidents, formed(incidents), {}, OCTOBER).clusters
    assert (cluster.count, cluster.previous_count, cluster.trend) == (now, before, trend)


def test_what_does_not_count_is_in_no_figure_and_what_is_alone_is_told() -> None:
    incidents = [
        clustered(0, "Disk full on db-1"),
        clustered(1, "Disk full on db-2"),
        clustered(2, "Parking barrier stuck open"),
    ]
    drill = clustered(3, "Disk full on db-3", counts=False)
    trends = trends_of([*incidents, drill], formed(incidents), {}, OCTOBER)
    assert (trends.total, trends.unclustered, trends.clusters[0].count) == (3, 1, 2)


def test_a_month_without_incidents_has_no_clusters() -> None:
    trends = trends_of([], formed([]), {}, OCTOBER)
    assert (trends.total, trends.unclustered, list(trends.clusters)) == (0, 0, [])


def test_what_came_again_after_its_action_was_closed_is_marked() -> None:
    incidents = [clustered(number, f"Disk full on db-{number}") for number in range(3)]
    action = ActionFact(
        id="act_1",
        postmortem_id="pm",
        incident_id=incidents[0].id,
        title="Rotate the logs",
        state=ActionState.DONE,
        created_at=BEGAN,
        updated_at=BEGAN,
        closed_at=BEGAN + timedelta(minutes=90),
    )
    (cluster,) = trends_of(incidents, formed(incidents), {incidents[0].id: [action]}, OCTOBER).clusters
    assert [one.id for one in cluster.actions] == ["act_1"]
    assert [(one.action_id, list(one.incidents)) for one in cluster.recurrences] == [("act_1", ["INC-0002"])]


def test_a_cluster_is_told_apart_by_what_is_asked() -> None:
    incidents = [
        clustered(0, "Disk full on db-1", service_id="orders"),
        clustered(1, "Disk full on db-2", service_id="orders", severity=Severity.LOW),
        clustered(2, "Disk full on db-3"),
    ]
    (by_service,) = trends_of(incidents, formed(incidents), {}, OCTOBER, group_by=GroupBy.SERVICE).clusters
    assert [(one.text, one.count) for one in by_service.groups] == [("orders", 2), ("", 1)]
    (by_severity,) = trends_of(incidents, formed(incidents), {}, OCTOBER, group_by=GroupBy.SEVERITY).clusters
    assert [(one.text, one.count) for one in by_severity.groups] == [("high", 2), ("low", 1)]


def test_a_cluster_tells_the_runbooks_that_ended_its_incidents_whenever_that_was() -> None:
    incidents = [
        clustered(number, "Disk full on db-1", resolved_at=BEGAN + timedelta(hours=number + 1))
        for number in (IN_SEPTEMBER, 0, 1)
    ]
    runs = {one.id: [RunbookRun("clean", "Clean", None, True, one.created_at)] for one in incidents[:2]}
    runs["INC-0001"] = [RunbookRun("clean", "Clean", None, False, incidents[2].created_at)]
    trends = trends_of(incidents, formed(incidents), {}, OCTOBER, runbooks=RunbookHistory(runs))
    assert [(one.id, one.words) for one in trends.clusters[0].runbooks] == [("clean", "ended 2 of 3")]
    rows = list(csv.DictReader(io.StringIO(trends_csv(trends))))
    assert [(row["runbook"], row["runbook_ended"], row["runbook_ran_for"]) for row in rows] == [
        ("Clean", "2", "3"),
        ("", "", ""),
    ]


def test_causes_that_differ_in_their_letters_are_one() -> None:
    told = most_frequent(["Pool too small.", "pool  too small", "بانک كند", "بانک کند", "", "pool too small"])
    assert [(one.text, one.count) for one in told] == [("Pool too small.", 3), ("بانک كند", 2)]


def test_the_table_has_every_cluster_and_starts_no_formula() -> None:
    incidents = [clustered(number, '=HYPERLINK("x") is down') for number in range(2)]
    rows = list(csv.DictReader(io.StringIO(trends_csv(trends_of(incidents, formed(incidents), {}, OCTOBER)))))
    assert [row["count"] for row in rows] == ["2", "0"]
    assert not rows[0]["name"].startswith("=")
