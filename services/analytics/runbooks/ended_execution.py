"""What of an execution that ended is kept: which runbook was run for which incident, and whether it did it. Pure."""

from __future__ import annotations

from datetime import datetime

from shared.events import Event, Fact
from shared.events.automation import ExecutionFact, ExecutionState

NOT_BEGUN = frozenset({"quiet_time", "too_late", "too_many"})
"""Automation's reasons why a runbook that matched was not run."""


class EndedExecution(Fact):
    """An execution that ended, as counts know it."""

    id: str
    runbook_id: str
    runbook_name: str
    runbook_team: str | None = None
    incident_id: str
    succeeded: bool
    began_at: datetime
    """When somebody, or a trigger, asked for it."""


def as_ended(event: Event, fact: ExecutionFact) -> Event | None:
    """The event as the copy takes it; None of what counts nowhere: dry runs, drills, and what was not begun."""
    if not fact.state.is_over or fact.dry_run or fact.drill_id is not None or fact.reason in NOT_BEGUN:
        return None
    return event.changed(
        data=EndedExecution(
            id=fact.id,
            runbook_id=fact.runbook_id,
            runbook_name=fact.runbook_name,
            runbook_team=fact.runbook_team,
            incident_id=fact.incident_id,
            succeeded=fact.state is ExecutionState.SUCCEEDED,
            began_at=fact.created_at,
        )
    )
