"""What becomes of the canary's incident, and what is told of it.

Each canary is another generation of paging. The fact says `imported`, so a release that knows no canaries pages nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.events import Event, make
from shared.events.incidents import IncidentFact, Paging
from shared.vocabulary import TOCSIN, Category, IncidentStatus, Priority, Severity, Urgency


def open_again(known: Mapping[str, Any], stamp: str, now: datetime) -> dict[str, Any] | None:
    """The incident after a canary's alert; None when that was known. `known` is what is stored, empty at first."""
    if known.get("stamp", "") >= stamp:
        return None
    return {
        "stamp": stamp,
        "open": True,
        "generation": int(known.get("generation", 0)) + 1,
        "created_at": known.get("created_at", now),
    }


def resolve(known: Mapping[str, Any], generation: int) -> dict[str, Any] | None:
    """The incident after the page of this generation was handed over; None when that changes nothing."""
    if not known.get("open") or generation < known["generation"]:
        return None
    return {
        "stamp": known["stamp"],
        "open": False,
        "generation": known["generation"],
        "created_at": known["created_at"],
    }


def make_event(incident_id: str, state: Mapping[str, Any], sequence: int, cause: Event, now: datetime) -> Event:
    """The event of such a state."""
    is_open, generation = bool(state["open"]), int(state["generation"])
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
        created_at=state["created_at"],
        resolved_at=None if is_open else now,
    )
    name = "incident.opened.v1" if is_open else "incident.resolved.v1"
    return make(name, subject=incident_id, sequence=sequence, time=now, data=fact, cause=cause)
