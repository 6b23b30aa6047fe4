"""Which executions count, and what is kept of them."""

from __future__ import annotations

from typing import Any

import pytest

from services.analytics.runbooks.ended_execution import EndedExecution, as_ended
from shared.events.automation import ExecutionFact
from shared.testing.examples import example

pytestmark = pytest.mark.unit

REAL: dict[str, Any] = {"dry_run": False, "drill_id": None, "reason": None, "state": "succeeded"}


def ended(**changes: Any) -> EndedExecution | None:
    event = example("execution.finished.v1")
    fact = ExecutionFact.model_validate({**event.data.model_dump(), **REAL, **changes})
    made = as_ended(event, fact)
    if made is None:
        return None
    assert (made.subject, made.sequence) == (event.subject, event.sequence)
    assert isinstance(made.data, EndedExecution)
    return made.data


@pytest.mark.parametrize(
    "changes, succeeded",
    [
        pytest.param({}, True, id="succeeded"),
        pytest.param({"state": "failed", "reason": "exit_code"}, False, id="failed"),
        pytest.param({"state": "cancelled", "reason": "cancelled"}, False, id="somebody ended it"),
        pytest.param({"state": "cancelled", "reason": "quiet_time"}, None, id="never begun"),
        pytest.param({"dry_run": True}, None, id="dry run"),
        pytest.param({"drill_id": "d"}, None, id="drill"),
        pytest.param({"state": "running"}, None, id="it runs"),
    ],
)
def test_what_counts_is_kept(changes: dict[str, Any], *, succeeded: bool | None) -> None:
    kept = ended(**changes)
    assert (kept.succeeded if kept is not None else None) is succeeded


def test_neither_output_nor_parameters_nor_people_are_kept() -> None:
    kept = ended()
    assert kept is not None
    assert kept.model_dump().keys() == {
        "id", "runbook_id", "runbook_name", "runbook_team", "incident_id", "succeeded", "began_at",
    }  # fmt: skip
