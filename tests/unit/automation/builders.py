"""Builders of what automation works on; every field has a plain default."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.automation.runbooks.parameter import Parameter
from services.automation.runbooks.runbook import Runbook
from shared.events.alerts import AlertFact
from shared.events.incidents import IncidentFact
from shared.vocabulary import AlertStatus, Category, IncidentStatus, Priority, Severity, Urgency

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
INCIDENT = "INC-20261121-0001"


def make_incident(id: str = INCIDENT, **changes: Any) -> IncidentFact:
    """An open incident of the service payments."""
    fields: dict[str, Any] = {
        "id": id,
        "title": "Disk of payments-db-1 is full",
        "status": IncidentStatus.TRIGGERED,
        "severity": Severity.HIGH,
        "priority": Priority.HIGH,
        "category": Category.FAILURE,
        "urgency": Urgency.HIGH,
        "service_id": "payments",
        "service_name": "Payments",
        "group_id": "group-1",
        "created_at": NOON,
    }
    return IncidentFact(**{**fields, **changes})


def make_alert(id: str = "alert-1", **changes: Any) -> AlertFact:
    """An alert of the group that the incident is made of."""
    fields: dict[str, Any] = {
        "id": id,
        "dedup_key": f"key-{id}",
        "source": "alertmanager",
        "title": "DiskFull",
        "severity": Severity.HIGH,
        "category": Category.FAILURE,
        "status": AlertStatus.FIRING,
        "service_id": "payments",
        "labels": {"alertname": "DiskFull", "host": "db-1"},
        "starts_at": NOON,
        "group_id": "group-1",
        "stamp": "019a0000000000000000-test",
    }
    return AlertFact(**{**fields, **changes})


def step(type: str = "manual", name: str | None = None, **changes: Any) -> dict[str, Any]:
    """A step as it is written."""
    needed = {"http": {"url": "https://example.org/"}, "script": {"script": "true"}}.get(type, {})
    return {"type": type, "name": name or type, **needed, **changes}


def make_runbook(*steps: dict[str, Any], **changes: Any) -> Runbook:
    """A runbook with these steps, or one by hand."""
    parameters = [Parameter.model_validate(one) for one in changes.pop("parameters", [])]
    written = {"name": "Disk full", "steps": list(steps) or [step()], **changes}
    return Runbook.model_validate(written).changed(parameters=parameters)
