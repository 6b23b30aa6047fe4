"""Which facts become documents, and what of them."""

from __future__ import annotations

from typing import Any

import pytest

from services.analytics.search.kinds import KINDS, READERS
from shared.testing.examples import example

pytestmark = pytest.mark.unit

REAL = {"drill_id": None, "merged_into": None, "drill": False, "deleted": False}
EVENTS = {"incidents": "incident.resolved.v1", "postmortems": "postmortem.changed.v1", "actions": "action.changed.v1"}


def fact(copy: str, **fields: Any) -> dict[str, Any]:
    plain = example(EVENTS[copy]).data.model_dump()
    return {**plain, **{name: value for name, value in REAL.items() if name in plain}, **fields}


@pytest.mark.parametrize("copy", READERS)
def test_a_fact_is_a_document_of_its_kind(copy: str) -> None:
    document = READERS[copy](fact(copy))
    assert document is not None
    assert document.kind == KINDS[copy]
    assert document.title
    assert document.at is not None


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
    ],
)
def test_what_nobody_should_find_is_no_document(copy: str, fields: dict[str, Any]) -> None:
    assert READERS[copy](fact(copy, **fields)) is None


def test_the_solution_is_what_was_done_then_why_then_what_keeps_it_away() -> None:
    document = READERS["incidents"](
        fact("incidents", actions_taken=["a", " "], root_cause="b", preventive_measures=["c"])
    )
    assert document is not None
    assert document.solution == "a\nb\nc"
