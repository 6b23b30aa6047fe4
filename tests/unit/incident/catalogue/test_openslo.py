"""SLOs as OpenSLO documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.catalogue.openslo import Promise, read_slos, write_slos
from services.incident.catalogue.service_definition import Service, Slo
from shared.problem import Problem
from shared.text.yaml_reader import read_yaml_documents

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def service(id_: str, target: float = 0.999, days: int = 90) -> Service:
    slo = Slo(target=target, window_days=days)
    return Service(id=id_, name=f"The {id_}", slo=slo, created_at=NOW, updated_at=NOW)


def slo(**changes: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "service": "payments",
        "indicator": {"spec": {"thresholdMetric": {"metricSource": {"type": "tocsin"}}}},
        "timeWindow": [{"duration": "30d", "isRolling": True}],
        "budgetingMethod": "Timeslices",
        "objectives": [{"target": 0.99}],
    }
    return {"apiVersion": "openslo/v1", "kind": "SLO", "metadata": {"name": "x"}, "spec": spec | changes}


@given(
    st.lists(
        st.tuples(
            st.text("aZ0._:-", max_size=12).map(lambda rest: f"a{rest}"),
            st.integers(1, 99_999).map(lambda number: number / 100_000),
            st.integers(1, 400),
        ),
        max_size=5,
        unique_by=lambda one: one[0],
    )
)
def test_what_is_written_is_read_again(services: list[tuple[str, float, int]]) -> None:
    text = write_slos(service(*one) for one in services)
    found = read_slos(read_yaml_documents(text.encode(), 10))
    expected = [Promise(n, id_, Slo(target=target, window_days=days)) for n, (id_, target, days) in enumerate(services)]
    assert (list(found.promises), found.skipped) == (expected, {})


@pytest.mark.parametrize(
    "duration, days", [("30d", 30), ("4w", 28), ("1M", 30), ("1Q", 90), ("1Y", 365), ("720h", 30), ("1440m", 1)]
)
def test_durations_are_whole_days(duration: str, days: int) -> None:
    found = read_slos([slo(timeWindow=[{"duration": duration, "isRolling": True}])])
    assert found.promises[0].slo.window_days == days


@pytest.mark.parametrize(
    "document, note",
    [
        pytest.param(
            slo(indicator={"spec": {"ratioMetric": {"good": {"metricSource": {"type": "Prometheus"}}}}}),
            "its indicator is not Tocsin's: only service, target and window are taken",
            id="another indicator",
        ),
        pytest.param(slo(budgetingMethod="Occurrences"), "its budget is counted as Timeslices", id="occurrences"),
        pytest.param(
            slo(timeWindow=[{"duration": "1M", "calendar": {"startTime": "x"}}]),
            "its window is taken as a rolling one",
            id="a calendar's window",
        ),
        pytest.param(slo(alertPolicies=["x"]), "its alert policies are not taken", id="alert policies"),
    ],
)
def test_what_is_not_taken_is_said(document: dict[str, Any], note: str) -> None:
    assert read_slos([document]).promises[0].notes == (note,)


def test_other_kinds_are_skipped_and_said() -> None:
    found = read_slos([{"kind": "DataSource"}, None, slo()])
    assert ([one.place for one in found.promises], found.skipped) == ([2], {0: "DataSource: only SLO is read"})


@pytest.mark.parametrize(
    "documents, pointer",
    [
        pytest.param(["x"], "/0", id="no mapping"),
        pytest.param([{}], "/0/kind", id="no kind"),
        pytest.param([slo() | {"apiVersion": "openslo/v1alpha"}], "/0/apiVersion", id="another version"),
        pytest.param([slo() | {"spec": 3}], "/0/spec", id="no spec"),
        pytest.param([slo(service=None)], "/0/spec/service", id="no service"),
        pytest.param([slo(timeWindow=[])], "/0/spec/timeWindow", id="no window"),
        pytest.param([slo(timeWindow=[{"duration": "90m"}])], "/0/spec/timeWindow/0/duration", id="no whole days"),
        pytest.param([slo(timeWindow=[{"duration": "2Y"}])], "/0/spec/timeWindow/0/duration", id="too long"),
        pytest.param([slo(objectives=[{}, {}])], "/0/spec/objectives", id="two objectives"),
        pytest.param([slo(objectives=[{"target": 1}])], "/0/spec/objectives/0/target", id="a target of all"),
        pytest.param([slo(objectives=[{"target": True}])], "/0/spec/objectives/0/target", id="no number"),
        pytest.param([slo(objectives=[{"targetPercent": 100}])], "/0/spec/objectives/0/targetPercent", id="100 %"),
        pytest.param([slo(), slo()], "/1/spec/service", id="twice"),
    ],
)
def test_what_is_wrong_is_named(documents: list[Any], pointer: str) -> None:
    with pytest.raises(Problem) as refused:
        read_slos(documents)
    assert (refused.value.status, [one.pointer for one in refused.value.errors]) == (422, [pointer])


def test_percents_are_exact() -> None:
    assert read_slos([slo(objectives=[{"targetPercent": 99.9}])]).promises[0].slo.target == 0.999


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["SLO", "openslo/v1", "30d"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["kind", "apiVersion", "spec", "service", "timeWindow", "objectives", "duration", "target", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(st.lists(PLAIN, max_size=3))
def test_anything_is_taken_or_refused_by_name(documents: list[Any]) -> None:
    refused = None
    try:
        read_slos(documents)
    except Problem as problem:
        refused = problem
    assert refused is None or (refused.status == 422 and all(one.pointer.startswith("/") for one in refused.errors))
