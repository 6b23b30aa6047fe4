"""Which facts become entries, and what of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.analytics.patterns.found_pattern import FoundPattern
from services.analytics.search.entry import Entry
from services.analytics.search.kinds import SOURCES
from shared.testing.examples import example

pytestmark = pytest.mark.unit

REAL = {"drill_id": None, "merged_into": None, "drill": False, "deleted": False}
EVENTS = {
    "incidents": "incident.resolved.v1",
    "postmortems": "postmortem.changed.v1",
    "actions": "action.changed.v1",
    "runbooks": "runbook.changed.v1",
}
PATTERN = FoundPattern(
    id="cluster-1",
    name="Disk full",
    team="web",
    fixes=["removed the old logs"],
    causes=["no rotation"],
    preventions=["rotate"],
    runbooks=["Clean: ended 3 of 5"],
    notes="ask Sara",
    last_seen=datetime(2026, 1, 5, tzinfo=UTC),
)


def entry_of(copy: str, **fields: Any) -> Entry | None:
    plain = (example(EVENTS[copy]).data if copy in EVENTS else PATTERN).model_dump()
    real = {name: value for name, value in REAL.items() if name in plain}
    return SOURCES[copy].read(SOURCES[copy].fact.model_validate({**plain, **real, **fields}))


@pytest.mark.parametrize("copy", SOURCES)
def test_a_fact_is_a_entry_of_its_kind(copy: str) -> None:
    entry = entry_of(copy)
    assert entry is not None
    assert entry.kind == SOURCES[copy].kind
    assert entry.title
    assert entry.at is not None


@pytest.mark.parametrize(
    "copy,fields",
    [
        pytest.param("incidents", {"drill_id": "d1"}, id="a drill"),
        pytest.param("incidents", {"merged_into": "INC-1"}, id="merged into another"),
        pytest.param("postmortems", {"drill": True}, id="a drill's post-mortem"),
        pytest.param("postmortems", {"published_at": None}, id="withdrawn"),
        pytest.param("actions", {"drill": True}, id="a drill's action"),
        pytest.param("actions", {"deleted": True}, id="deleted"),
        pytest.param("actions", {"state": "dropped"}, id="dropped"),
        pytest.param("runbooks", {"deleted": True}, id="a deleted runbook"),
        pytest.param("found_patterns", {"deleted": True}, id="a pattern that is no more"),
    ],
)
def test_what_nobody_should_find_is_no_document(copy: str, fields: dict[str, Any]) -> None:
    assert entry_of(copy, **fields) is None


def test_the_solution_is_what_was_done_then_why_then_what_keeps_it_away() -> None:
    entry = entry_of("incidents", actions_taken=["a", " "], root_cause="b", preventive_measures=["c"])
    assert entry is not None
    assert entry.solution == "a\nb\nc"


def test_a_pattern_s_solution_is_what_ended_it_and_which_runbook_did() -> None:
    entry = entry_of("found_patterns")
    assert entry is not None
    assert entry.solution.split("\n") == ["removed the old logs", "no rotation", "rotate", "Clean: ended 3 of 5"]
    assert (entry.key, entry.team, list(entry.texts)) == ("pattern:cluster-1", "web", ["ask Sara"])
    part = entry_of("found_patterns", part="shop", team="shop")
    assert part is not None
    assert (part.id, part.key, part.team) == ("cluster-1", "pattern:cluster-1@shop", "shop")


def test_a_runbook_s_solution_is_its_steps_and_nobody_s_is_everybody_s() -> None:
    entry = entry_of("runbooks", team=None, steps=["look", "clean"])
    assert entry is not None
    assert (entry.solution, entry.is_everybodys) == ("look\nclean", True)
    own = entry_of("runbooks", team="web")
    assert own is not None
    assert (own.team, own.is_everybodys) == ("web", False)
