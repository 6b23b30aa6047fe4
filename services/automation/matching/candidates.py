"""Which runbooks match an incident that was opened, or that an alert joined. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.automation.executions.execution import Matched
from services.automation.executions.filling import matched
from services.automation.incident_copies.copying import KnownAlert
from shared.events import Event
from shared.events.automation import RunbookFact
from shared.events.incidents import IncidentFact
from shared.triggers.matching import find_start


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open incident, with the alerts that triggers are held against, and the event that is the reason to look."""

    incident: IncidentFact
    alerts: Sequence[KnownAlert]
    cause: Event


@dataclass(frozen=True, slots=True)
class ToStart:
    """A runbook that matches an incident."""

    runbook_id: str
    matched: Matched
    candidate: Candidate


def find_starts(candidates: Iterable[Candidate], runbooks: Sequence[RunbookFact]) -> list[ToStart]:
    """Every runbook with an incident that it matches, each pair once. An imported incident starts nothing."""
    found: dict[tuple[str, str], ToStart] = {}
    for one in candidates:
        incident = one.incident
        alerts = [alert.matched() for alert in one.alerts]
        for runbook in runbooks:
            match = find_start(runbook.team, runbook.triggers, incident, alerts)
            if match is not None:
                found.setdefault((incident.id, runbook.id), ToStart(runbook.id, matched(match), one))
    return list(found.values())
