"""What becomes of the canary's incident, and what is told of it.

Each canary is another generation of paging. The fact says `imported`, so a release that knows no canaries pages nobody.
"""

from __future__ import annotations

from datetime import datetime

from shared.events import Event, make
from shared.events.incidents import IncidentFact, Paging
from shared.stored import Stored
from shared.vocabulary import TOCSIN, Category, IncidentStatus, Priority, Severity, Urgency


class CanaryIncident(Stored):
    """The incident as it is stored; before the first canary, as it is without anything."""

    stamp: str = ""
    open: bool = False
    generation: int = 0
    created_at: datetime | None = None


def open_again(known: CanaryIncident, stamp: str, now: datetime) -> CanaryIncident | None:
    """The incident after a canary's alert; None when that was known."""
    if known.stamp >= stamp:
        return None
    created_at = known.created_at or now
    return CanaryIncident(stamp=stamp, open=True, generation=known.generation + 1, created_at=created_at)


def resolve(known: CanaryIncident, generation: int) -> CanaryIncident | None:
    """The incident after the page of this generation was handed over; None when that changes nothing."""
    return known.changed(open=False) if known.open and generation >= known.generation else None


def make_event(incident_id: str, state: CanaryIncident, sequence: int, cause: Event, now: datetime) -> Event:
    """The event of such a state."""
    is_open, generation = state.open, state.generation
    fact = IncidentFact(
        id=incident_id,
        title="Canary",
        status=IncidentStatus.TRIGGERED if is_open else IncidentStatus.RESOLVED,
        severity=Severity.LOW,
        priority=Priority.LOW,
        category=Category.FAILURE,
        urgency=Urgency.LOW,
        service_id=TOCSIN,
        service_name="Tocsin",
        escalation_policy_id=incident_id,
        paging=Paging(generation=generation, answered=generation - is_open, cause=cause.id),
        imported=True,
        created_at=state.created_at or now,
        resolved_at=None if is_open else now,
    )
    name = "incident.opened.v1" if is_open else "incident.resolved.v1"
    return make(name, subject=incident_id, sequence=sequence, time=now, data=fact, cause=cause)
