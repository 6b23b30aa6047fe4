"""Failures, and how long something was down."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.table.downtime import are_failures, overlapping, spans, union_length, unite
from services.analytics.table.selection import Wanted, select_rows
from shared.clocks.epoch import to_millis
from shared.vocabulary import Category, Severity
from tests.unit.analytics.table.builders import BEGAN, counted, table_of

INTERVALS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=15)


@given(INTERVALS)
def test_a_union_has_each_moment_once(intervals: list[tuple[int, int]]) -> None:
    moments = {moment for start, end in intervals for moment in range(start, end)}
    starts, ends = (np.array([one[n] for one in intervals], dtype=np.int64) for n in (0, 1))
    assert union_length(starts, ends) == len(moments)
    begun, over = unite(starts, ends)
    united = [(int(a), int(b)) for a, b in zip(begun, over, strict=True)]
    assert {moment for start, end in united for moment in range(start, end)} == moments
    assert all(end < start for (_, end), (start, _) in pairwise(united))


@pytest.mark.parametrize(
    "changes, is_one",
    [
        pytest.param({"severity": Severity.CRITICAL, "category": Category.PERFORMANCE}, True, id="critical and slow"),
        pytest.param({"severity": Severity.HIGH, "category": Category.REQUEST}, False, id="a request"),
        pytest.param({"severity": Severity.MEDIUM, "category": Category.FAILURE}, False, id="nothing severe"),
        pytest.param({"prediction_id": "p"}, False, id="a forecast"),
        pytest.param({"group_id": "burn"}, False, id="opened by a burn alert"),
        pytest.param({"group_id": "other"}, True, id="opened by another alert"),
    ],
)
def test_what_a_failure_is(changes: dict[str, Any], is_one: bool) -> None:
    table = table_of([counted(**changes)])
    table.take_alert("burn", "slo", BEGAN)
    table.take_alert("other", "zabbix", BEGAN)
    assert are_failures(table, select_rows(table, Wanted())).tolist() == [is_one]


def test_spans_are_cut_to_the_period_and_open_incidents_last_to_its_end() -> None:
    table = table_of([counted(1), counted(2, resolved_at=BEGAN + timedelta(hours=3)), counted(9)])
    begin, end = to_millis(BEGAN + timedelta(hours=2)), to_millis(BEGAN + timedelta(hours=4))
    rows = overlapping(table, select_rows(table, Wanted()), begin, end)
    assert rows.tolist() == [0, 1]
    starts, ends = spans(table, rows, begin, end)
    hour = 3_600_000
    assert ((ends - starts) // hour).tolist() == [2, 1]
