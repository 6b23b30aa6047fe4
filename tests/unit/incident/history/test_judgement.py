"""Which rows can be facts, and what is said of those that can't, or that were taken as something else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.history.body_reader import Place
from services.incident.history.judgement import judge, status_of
from tests.unit.incident.builders import NOW

OLD = "2020-01-01T00:00:00Z"
ROW = {"title": "x", "created_at": OLD}


@pytest.mark.parametrize(
    "more, reason",
    [
        pytest.param({"title": ""}, "title", id="no title"),
        pytest.param({"title": None}, "title", id="a null title"),
        pytest.param({"title": "x" * 501}, "title", id="a long title"),
        pytest.param({"description": "x" * 1_000_000}, "description", id="a million letters"),
        pytest.param({"created_at": "yesterday"}, "created_at", id="no time"),
        pytest.param({"created_at": 1_600_000_000}, "created_at", id="a number for a time"),
        pytest.param({"created_at": float("nan")}, "created_at", id="NaN for a time"),
        pytest.param({"created_at": "1960-01-01"}, "before 1970", id="before there were computers"),
        pytest.param({"created_at": "0001-01-01T00:00:00+14:00"}, "out of range", id="before all times"),
        pytest.param({"created_at": "2999-01-01"}, "in the future", id="the future"),
        pytest.param({"timeline": [{"at": "2999-01-01", "text": "x"}]}, "timeline.0.at: in the future", id="an entry"),
        pytest.param({"resolved_at": "2019-12-31"}, "resolved_at: before created_at", id="ends before it starts"),
        pytest.param({"acknowledged_at": "2019-12-31"}, "acknowledged_at: before", id="acknowledged before"),
        pytest.param({"acknowledged_at": "2020-03-01", "resolved_at": "2020-02-01"}, "before ack", id="in this order"),
        pytest.param({"status_times": {"closed": "2019-01-01"}}, "status_times.closed", id="closed before"),
        pytest.param({"started_at": "2020-02-01"}, "started_at: after", id="began after it was made"),
        pytest.param({"status": "triggered", "resolved_at": "2020-02-01"}, "not over", id="open and resolved"),
        pytest.param({"severity": "huge"}, "severity", id="a word that is none"),
        pytest.param({"id": "42"}, "id", id="another system's id"),
        pytest.param({"id": 42}, "id", id="a number for an id"),
        pytest.param({"id": "INC-20261399-0001"}, "no day", id="no day"),
        pytest.param({"id": "INC-20300101-0001"}, "in the future", id="a day to come"),
        pytest.param({"id": "INC-20200101-0000"}, "begin with 1", id="no number"),
        pytest.param({"id": "INC-20200101-٠٠٠١"}, "id", id="other digits"),
        pytest.param({"id": "INC-20200101-0001\n"}, "id", id="a line break behind the id"),
        pytest.param({"alerts": {"count": float("nan")}}, "alerts.count", id="NaN"),
        pytest.param({"alerts": {"count": 10**30}}, "can't be kept", id="a number without end"),
        pytest.param({"title": "\ud800"}, "not UTF-8", id="half a letter"),
        pytest.param({"timeline": "x"}, "timeline", id="no list"),
        pytest.param({"timeline": [{"text": "x"}]}, "timeline.0.at", id="an entry without a time"),
        pytest.param({"roles": [{"role": "x", "user_id": "u", "ended_at": "2019-01-01"}]}, "roles.0", id="a role"),
        pytest.param({"actions": [{"id": "a", "title": "x"}, {"id": "a", "title": "y"}]}, "same id", id="actions"),
        pytest.param({"actions": [{"title": "x", "due_on": "1999-01-01"}]}, "actions.0.due_on", id="a day of old"),
        pytest.param({"merged_into": "INC-20200101-0001", "id": "INC-20200101-0001"}, "itself", id="into itself"),
        pytest.param(
            {"blast_radius": {"upstream": [{"service_id": "c", "distance": 2, "path": ["a", "b", "c"]}]}},
            "blast_radius.upstream",
            id="a path by nowhere",
        ),
    ],
)
def test_what_can_not_be_is_refused_with_its_place(more: dict[str, Any], reason: str) -> None:
    judged = judge(Place(3, ROW | more), NOW)
    assert judged.row is None
    assert reason in judged.reason
    judged.reason.encode()
    assert len(judged.reason) < 2_000


@pytest.mark.parametrize(
    "more, note",
    [
        pytest.param({"created_at": "2020-01-01 08:00:00"}, "without a zone", id="no zone"),
        pytest.param({"nonsense": 1}, "'nonsense'", id="an unknown member"),
        pytest.param({f"n{number}": 1 for number in range(50)}, "45 more", id="many"),
        pytest.param({"postmortem": {"colour": "red"}}, "postmortem.colour", id="inside"),
        pytest.param({"status": "resolved"}, "since when", id="over, without a time"),
    ],
)
def test_what_is_taken_as_something_else_is_noted(more: dict[str, Any], note: str) -> None:
    judged = judge(Place(1, ROW | more), NOW)
    assert judged.row is not None
    assert any(note in one for one in judged.notes)


@pytest.mark.parametrize(
    "more",
    [
        {"version": 3, "sla": {}, "imported": True, "suspected_changes": [], "paging": {}},
        {"severity": " HIGH ", "status": "In_Progress"},
        {"id": "INC-20200101-0000001"},
        {"created_at": "2020-01-01T00:00:00+09:00"},
        {"affected_components": None, "assignees": None, "severity": None},
    ],
    ids=["what is computed", "any case", "seven digits", "another zone", "nulls"],
)
def test_what_says_the_same_in_other_words_is_taken_without_a_word(more: dict[str, Any]) -> None:
    judged = judge(Place(1, ROW | more), NOW)
    assert judged.row is not None
    assert judged.notes == ()


@pytest.mark.parametrize(
    "more, status",
    [
        ({}, "triggered"),
        ({"acknowledged_at": OLD}, "acknowledged"),
        ({"acknowledged_at": OLD, "resolved_at": OLD}, "resolved"),
        ({"resolved_at": OLD, "status": "closed"}, "closed"),
    ],
)
def test_a_status_that_is_left_out_follows_from_the_times(more: dict[str, Any], status: str) -> None:
    row = judge(Place(1, ROW | more), NOW).row
    assert row is not None
    assert status_of(row) == status


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.sampled_from([
    "id", "title", "status", "timeline", "roles", "postmortem", "actions", "alerts", "blast_radius", "status_times",
    "created_at", "occurrence", "effects", "merged_from", "drill",
])  # fmt: skip


@given(st.dictionaries(MEMBERS, JSON) | JSON)
def test_any_value_is_a_row_or_refused(value: Any) -> None:
    judged = judge(Place(1, value), NOW)
    assert (judged.row is None) == bool(judged.reason)
    judged.reason.encode()
    (judged.id or "").encode()
