"""Whatever a body of an import holds: it is refused as a whole, or each row has its fate, and what is taken is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.incident.history.body_reader import LINES, Body, Place
from services.incident.history.judgement import Judged, judge
from services.incident.history.made import make
from services.incident.history.plan import content_key
from services.incident.history.row import HistoryRow
from services.incident.history.telling import messages_of
from services.incident.incidents.incident import facets_of, search_fields
from shared.problem import Problem
from tests.unit.incident.builders import NOW
from tests.unit.incident.history.rows import rows

pytestmark = pytest.mark.unit
KINDS = st.sampled_from(["application/json", "application/json; charset=latin-1", "text/plain", "", LINES[0]])
NUMBERS = st.integers(-(2**70), 2**70) | st.floats()
ANY = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=20) | st.just("2999-01-01") | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def nearly_right(draw: st.DrawFn) -> dict[str, Any]:
    """A row that could be a fact, but for a few members that may be anything."""
    row: dict[str, Any] = json.loads(json.dumps(draw(rows()), default=lambda at: at.isoformat()))
    for name in draw(st.lists(st.sampled_from([*HistoryRow.model_fields, "nonsense"]), min_size=1, max_size=3)):
        row[name] = draw(ANY)
    return row


def check(judged: Judged) -> None:
    """It is refused with a reason that is text, or it becomes an incident that can be stored, listed and told."""
    assert (judged.row is None) == bool(judged.reason)
    json.dumps([judged.id, judged.reason, judged.notes]).encode()
    if judged.row is None:
        return
    assert content_key(judged.row)
    made = make(judged.place, judged.row, judged.row.id or "INC-20200101-0007", None)
    assert facets_of(made.incident)
    assert search_fields(made.incident) is not None
    assert len(messages_of("his_1", [made.incident], NOW)) == 1


def check_body(body: bytes, kind: str) -> None:
    try:
        places = list(Body(body, kind).places())
    except Problem as refused:
        if refused.status not in (400, 413, 422):
            raise
        return
    for place in places:
        check(judge(place, NOW))


@given(st.binary(max_size=200), KINDS)
@settings(max_examples=50)
def test_bytes_are_rows_or_refused_as_a_whole(body: bytes, kind: str) -> None:
    check_body(body, kind)


@given(st.lists(ANY, max_size=4), KINDS)
@settings(max_examples=50)
def test_json_of_any_kind_has_a_fate_row_by_row(values: list[Any], kind: str) -> None:
    check_body(json.dumps({"incidents": values}).encode(), kind)


@given(nearly_right())
@settings(max_examples=60)
def test_a_row_that_is_nearly_right_is_refused_with_its_reason_or_becomes_an_incident(row: dict[str, Any]) -> None:
    check(judge(Place(1, row), NOW))
