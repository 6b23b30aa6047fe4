"""The automation service as a process: its capabilities, wired."""

from __future__ import annotations

from services.automation.approvals.wiring import QUEUE as APPROVALS
from services.automation.approvals.wiring import add_approvals
from services.automation.executions.wiring import add_executions
from services.automation.handlers import in_turn
from services.automation.incident_copies.store import IncidentCopies
from services.automation.matching.wiring import trigger_handler
from services.automation.people.wiring import open_people
from services.automation.runbooks.wiring import add_runbooks
from services.automation.sandbox.wiring import add_sandbox
from services.automation.scripts.choice import ScriptPlaces
from services.automation.stale.wiring import add_stale_executions
from services.automation.targets.wiring import add_targets
from shared.runtime import Runtime, main

QUEUE = "automation"
REPLICATED = ("service.changed.v1", "incident.changed.v1", "alert.opened.v1")
GATHER_SECONDS = 0.5
"""So late the copies may be of what starts nothing."""
PATIENT = (
    "alert.resolved.v1",
    "alert.updated.v1",
    "incident.acknowledged.v1",
    "incident.changed.v1",
    "incident.merged.v1",
    "incident.resolved.v1",
    "service.changed.v1",
)
"""What is told of more often than anything begins. What may start a runbook is handled at once, with all of these."""


def build(runtime: Runtime, places: ScriptPlaces | None = None) -> None:
    """Put automation's parts into a runtime; scripts run at `places`, by default those of this machine."""
    places = places or add_targets(runtime, add_sandbox(runtime))
    copies, people = IncidentCopies(runtime), open_people(runtime, APPROVALS)
    runbooks = add_runbooks(runtime, places)
    parts = add_executions(runtime, copies, people, runbooks, places)
    add_approvals(runtime, people, parts)
    add_stale_executions(runtime, parts.executions)
    triggers = trigger_handler(copies, runbooks, parts)
    hear = in_turn(copies.handle, triggers.handle)
    runtime.consume_events(QUEUE, hear, gather_seconds=GATHER_SECONDS, patient=PATIENT)
    runtime.consume_history(copies.handle)
    runtime.replicates(REPLICATED, QUEUE)


if __name__ == "__main__":
    main("automation", build)
