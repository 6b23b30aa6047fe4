"""An execution that waits for an approver, since when, whose it is, and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.automation.actions.contract import WaitsFor
from services.automation.executions.execution import Execution
from shared.events.automation import ExecutionState
from shared.events.control import StaleItem

RUNBOOK_WAITING = "runbook_waiting"


def waiting_items(executions: Iterable[Execution]) -> list[StaleItem]:
    """One for each that waits for an approver; a step that waits for a person's work, or for time, is not forgotten."""
    return [
        StaleItem(
            kind=RUNBOOK_WAITING,
            subject=one.id,
            title=f"{one.runbook_name}: {one.names[one.at]}",
            since=_since(one),
            owner=one.incident_team,
            team=one.incident_team,
            action=f"Approve or reject what the runbook “{one.runbook_name}” wants to do for {one.incident_id}.",
            method="POST",
            path=f"/executions/{one.id}/approve",
        )
        for one in executions
        if one.state is ExecutionState.WAITING and one.run.waits_for is WaitsFor.APPROVER
    ]


def _since(execution: Execution) -> datetime:
    """When it began to wait: with its step, else when the step before had ended, else at its beginning."""
    if execution.run.started_at is not None:
        return execution.run.started_at
    return max((run.ended_at for run in execution.runs if run.ended_at is not None), default=execution.created_at)
