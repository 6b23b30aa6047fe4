"""Makers of alert events, incidents, services and escalation news for tests, each with plain defaults."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from services.incident.alerts.folding import Arrival
from services.incident.catalogue.service_definition import Service
from services.incident.incidents.incident import Incident
from services.incident.sla.record import SlaRecord
from shared.events import Event, make
from shared.events.alerts import AlertFact
from shared.events.oncall import EscalationFact, EscalationState, PageResult, PageState
from shared.vocabulary import (
    AlertStatus,
    Category,
    Channel,
    IncidentStatus,
    PageReason,
    Priority,
    Severity,
    Urgency,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    """So long after `NOW`."""
    return NOW + timedelta(seconds=seconds)


def make_fact(alert: str = "a1", status: AlertStatus = AlertStatus.FIRING, **fields: Any) -> AlertFact:
    stated: dict[str, Any] = {
        "id": alert,
        "dedup_key": f"key-{alert}",
        "integration_id": "alertmanager",
        "source": "alertmanager",
        "title": f"Disk of {alert} is full",
        "severity": Severity.HIGH,
        "category": Category.FAILURE,
        "status": status,
        "starts_at": NOW,
        "group_id": "g1",
        "stamp": "019d36f2a4ea0000-a1b2c3",
    }
    return AlertFact(**(stated | fields))


def make_event(alert: str = "a1", sequence: int = 1, **fields: Any) -> Event:
    fact = make_fact(alert, **fields)
    name = "alert.resolved.v1" if not fact.status.is_open else f"alert.{'opened' if sequence == 1 else 'updated'}.v1"
    return make(name, subject=alert, sequence=sequence, time=NOW, data=fact, id=f"{alert}-{sequence}")


def make_arrival(alert: str = "a1", sequence: int = 1, **fields: Any) -> Arrival:
    event = make_event(alert, sequence, **fields)
    assert isinstance(event.data, AlertFact)
    return Arrival(event, event.data)


def make_service(id: str = "payments", **fields: Any) -> Service:
    stated: dict[str, Any] = {"id": id, "version": 1, "name": id.title(), "created_at": NOW, "updated_at": NOW}
    return Service(**(stated | fields))


def make_incident(id: str = "INC-20261121-0001", **fields: Any) -> Incident:
    stated: dict[str, Any] = {
        "id": id,
        "version": 1,
        "title": "Disk full",
        "severity": Severity.HIGH,
        "priority": Priority.HIGH,
        "category": Category.FAILURE,
        "created_at": NOW,
        "first_entered": {IncidentStatus.TRIGGERED: NOW},
        "sla": SlaRecord(started_at=NOW),
    }
    return Incident(**(stated | fields))


def make_escalation(
    sequence: int = 1, *, incident: str = "INC-20261121-0001", **fields: Any
) -> tuple[Event, EscalationFact]:
    stated: dict[str, Any] = {
        "incident_id": incident,
        "state": EscalationState.RUNNING,
        "generation": 1,
        "reason": PageReason.ESCALATION,
        "step": 1,
        "notified": ["sara"],
    }
    fact = EscalationFact(**(stated | fields))
    event = make(
        "escalation.changed.v1",
        subject=incident,
        sequence=sequence,
        time=after(sequence),
        data=fact,
        id=f"escalation-{sequence}",
    )
    return event, fact


def make_page(state: PageState = PageState.DELIVERED, **fields: Any) -> PageResult:
    stated: dict[str, Any] = {
        "page_id": "p1",
        "incident_id": "INC-20261121-0001",
        "user_id": "sara",
        "method_id": "mail",
        "channel": Channel.EMAIL,
        "urgency": Urgency.HIGH,
        "step": 1,
        "round": 0,
        "generation": 1,
        "reason": PageReason.ESCALATION,
        "state": state,
        "attempts": 1,
        "requested_at": NOW,
        "at": after(1),
    }
    return PageResult(**(stated | fields))
