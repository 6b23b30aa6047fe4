from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incident_manager.reporting.fact import IncidentFact, fact_of
from incident_manager.reporting.figures import Period, downtime, measure, percentile
from incident_manager.reporting.patterns import find_patterns

START = datetime(2026, 11, 1, tzinfo=UTC)
PERIOD = Period(START, START + timedelta(days=10), START + timedelta(days=30))


def incident(hour: float, *, lasts: float | None = 1.0, title: str = "db is down", **more: Any) -> IncidentFact:
    """`hour` after the start; `lasts` hours, None: it is open."""
    at = START + timedelta(hours=hour)
    base: dict[str, Any] = {
        "id": f"INC-{hour}", "title": title, "category": "failure", "severity": "critical", "status": "resolved",
        "created_at": at.isoformat(), "affected_components": ["db"],
        "resolved_at": None if lasts is None else (at + timedelta(hours=lasts)).isoformat(),
    }  # fmt: skip
    fact = fact_of(base | more)
    assert fact is not None
    return fact


def test_time_to_resolve_has_mean_median_p90_and_n_and_open_ones_are_pending() -> None:
    found = measure([incident(1, lasts=1), incident(30, lasts=2), incident(60, lasts=None, status="triggered")], PERIOD)
    assert found["mttr"] == {
        "mean_seconds": 5400, "median_seconds": 5400, "p90_seconds": 6840, "n": 2, "pending": 1,
    }  # fmt: skip
    assert found["mtta"]["n"] == 0
    assert found["open"] == 1


def test_mtbf_is_the_period_without_downtime_for_each_failure() -> None:
    found = measure([incident(1, lasts=2), incident(2, lasts=2), incident(100, lasts=1)], PERIOD)
    assert found["downtime_seconds"] == 4 * 3600, "what overlaps counts once"
    assert found["mtbf_seconds"] == (240 - 4) * 3600 / 3


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"severity": "medium"}, id="of medium severity"),
        pytest.param({"category": "request"}, id="a request"),
        pytest.param({"category": "change"}, id="a change"),
    ],
)
def test_what_is_no_failure_is_no_downtime(more: dict[str, Any]) -> None:
    found = measure([incident(1, **more)], PERIOD)
    assert (found["failures"], found["downtime_seconds"], found["mtbf_seconds"]) == (0, 0, None)


def test_downtime_is_cut_at_the_period_and_what_is_open_lasts_until_now() -> None:
    assert downtime([incident(-5, lasts=6)], PERIOD) == 3600
    now = Period(START, START + timedelta(days=10), START + timedelta(hours=3))
    assert downtime([incident(1, lasts=None)], now) == 2 * 3600


def test_what_comes_back_within_30_days_of_its_end_is_a_recurrence() -> None:
    before = incident(-29 * 24, title="db host-17 is down", lasts=1)
    long_before = incident(-40 * 24, title="queue is full", lasts=1)
    again, other = incident(5, title="db host-18 is down"), incident(6, title="queue is full")
    found = measure([before, long_before, again, other], PERIOD)
    assert (found["incidents"], found["recurred"], found["recurrence_rate"]) == (2, 1, 0.5)


def test_where_there_are_clusters_they_say_what_is_alike() -> None:
    ones = [incident(1, title="pool is empty"), incident(5, title="no connection"), incident(9, title="pool is empty")]
    clusters = {"INC-1": "a", "INC-5": "a"}
    found = measure(ones, PERIOD, clusters)
    assert (found["recurred"], found["recurrence_by"]) == (1, "clusters"), "what is in no cluster is like no other"
    assert measure(ones, PERIOD)["recurrence_by"] == "titles"


def test_two_at_once_are_no_recurrence_of_each_other() -> None:
    assert measure([incident(1, lasts=5), incident(2, lasts=5)], PERIOD)["recurred"] == 0


def test_components_are_told_worst_first_with_their_share() -> None:
    found = measure(
        [incident(1, lasts=3), incident(9, lasts=1, affected_components=["queue"], service_id="mq")], PERIOD
    )
    assert [(one["component"], one["share"]) for one in found["components"]] == [
        ("db", 0.6), ("mq", 0.2), ("queue", 0.2),
    ]  # fmt: skip


def test_a_component_that_is_the_service_counts_once() -> None:
    fact = incident(1, service_id="db", service_name="Database", affected_components=["db", "Database", "pool"])
    assert fact.components == ("db", "pool")


@pytest.mark.parametrize("more", [{"drill": True}, {"merged_into": "INC-1"}, {"created_at": "soon"}], ids=str)
def test_drills_and_what_was_merged_count_in_nothing(more: dict[str, Any]) -> None:
    assert fact_of({"id": "x", "created_at": START.isoformat()} | more) is None


def test_nothing_gives_no_figures_and_no_error() -> None:
    found = measure([], PERIOD)
    assert (found["mttr"]["mean_seconds"], found["recurrence_rate"], found["components"]) == (None, None, [])
    assert percentile([], 0.9) is None


def test_patterns_have_causes_and_what_ended_them_and_the_rest_is_told() -> None:
    ones = [
        incident(1, title="pool of db-1 exhausted", root_cause="leak", actions_taken=["restart"]),
        incident(2, title="Pool of db-22 exhausted", root_cause="leak", actions_taken=["restart", "patch"]),
        incident(3, title="pool of db-1 exhausted", category="error"),
    ]
    found = find_patterns(ones)
    assert (found["total"], found["unclustered"]) == (3, 1)
    assert [(one["count"], one["causes"], one["fixes"]) for one in found["patterns"]] == [
        (2, ["leak"], ["restart", "patch"])
    ]
    assert find_patterns(reversed(ones)) == found
