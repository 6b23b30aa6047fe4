"""What automation tells of runbooks, as lines of a timeline."""

from __future__ import annotations

from typing import Any

import pytest

from services.incident.timeline.entry import EntryKind
from services.incident.timeline.executions import execution_entry, output_entry
from shared.events import make
from shared.events.automation import ExecutionFact, ExecutionState, OutputLine
from shared.testing.examples import example
from shared.testing.story import BEGAN

pytestmark = pytest.mark.unit

STARTED, WAITING, FINISHED = "execution.started.v1", "execution.waiting.v1", "execution.finished.v1"
RUN = {"dry_run": False, "drill_id": None, "attempt": 1, "reason": None, "detail": ""}


def line(name: str, **changes: Any) -> tuple[str, str] | None:
    fact = example(name).data
    assert isinstance(fact, ExecutionFact)
    told = fact.changed(**{**RUN, **changes})
    entry = execution_entry(make(name, subject=told.id, sequence=3, time=BEGAN, data=told, id="e1"), told)
    return (entry.author, entry.text) if entry is not None else None


@pytest.mark.parametrize(
    "name, changes, author, text",
    [
        pytest.param(
            STARTED, {"trigger": ["severity=low"]}, "tocsin", "started by its rule (severity=low).", id="rule"
        ),
        pytest.param(STARTED, {"trigger": [], "started_by": "sara"}, "sara", "was started.", id="a person"),
        pytest.param(STARTED, {"attempt": 2}, "tocsin", "goes on from step 2 “Clean”, for the 2. time.", id="again"),
        pytest.param(FINISHED, {"state": ExecutionState.SUCCEEDED}, "tocsin", "ended well.", id="well"),
        pytest.param(FINISHED, {"detail": "Step 2 has failed."}, "tocsin", "failed: Step 2 has failed.", id="failed"),
        pytest.param(
            FINISHED,
            {"state": ExecutionState.CANCELLED, "reason": "quiet_time", "detail": "Quiet."},
            "tocsin",
            "matched and was not begun: Quiet.",
            id="not begun",
        ),
        pytest.param(
            FINISHED,
            {"state": ExecutionState.CANCELLED, "reason": "cancelled", "detail": "Cancelled by noor."},
            "tocsin",
            "was cancelled. Cancelled by noor.",
            id="cancelled",
        ),
        pytest.param(
            FINISHED,
            {"dry_run": True, "drill_id": "d"},
            "tocsin",
            "was only shown, as in every drill: it has 3 steps.",
            id="a drill",
        ),
    ],
)
def test_a_line_says_what_happened(name: str, changes: dict[str, Any], author: str, text: str) -> None:
    assert line(name, **changes) == (author, f"The runbook “Disk full” {text}")


@pytest.mark.parametrize(
    "name, changes",
    [
        (FINISHED, {"dry_run": True}),
        (STARTED, {"dry_run": True, "drill_id": "d"}),
        ("execution.progressed.v1", {}),
        (WAITING, {"waiting": None}),
    ],
)
def test_what_is_no_news_has_no_line(name: str, changes: dict[str, Any]) -> None:
    assert line(name, **changes) is None


def test_who_is_waited_for_is_said() -> None:
    words = "waits until 2026-03-29 01:59 UTC for somebody else than who started it to approve of step 2 “Clean”."
    assert line(WAITING) == ("tocsin", f"The runbook “Disk full” {words}")


def test_an_outputs_end_is_one_line_however_often_it_is_told() -> None:
    told = OutputLine(
        id="x", incident_id="INC-1", runbook_name="R", n=1, step_name="S", succeeded=True, text="a\nb", at=BEGAN
    )
    first, second = output_entry(told), output_entry(told.changed(is_whole=False))
    assert first.id == second.id
    assert (first.kind, first.text) == (
        EntryKind.RUNBOOK,
        "Step 1 “S” of the runbook “R” ended well. It wrote:\na\nb",
    )
