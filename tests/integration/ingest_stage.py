"""What the tests of ingest share: bodies, facts of other services, and what a list shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx2

from shared.events import Event, make
from shared.events.alerts import AlertFact
from shared.events.incidents import IncidentFact, ServiceFact
from shared.testing.harness import Harness
from shared.vocabulary import Category, IncidentStatus, Priority, Severity, Urgency

WEBHOOK = "/incidents/webhook"


def now() -> datetime:
    return datetime.now(UTC)


def alert(**fields: Any) -> dict[str, Any]:
    return {"title": "disk is full", "severity": "high", "service": "payments", "source": "check", **fields}


def alertmanager(*alerts: tuple[str, str, datetime]) -> dict[str, Any]:
    return {
        "version": "4",
        "receiver": "tocsin",
        "groupLabels": {},
        "alerts": [
            {
                "status": status,
                "fingerprint": fingerprint,
                "labels": {"alertname": "Down", "service": "payments", "severity": "critical", "host": fingerprint},
                "annotations": {"summary": f"{fingerprint} is down"},
                "startsAt": starts_at.isoformat(),
                "endsAt": now().isoformat() if status == "resolved" else "0001-01-01T00:00:00Z",
            }
            for status, fingerprint, starts_at in alerts
        ],
    }


def service_changed(id: str, name: str | None = None, sequence: int = 1, **fields: Any) -> Event:
    fact = ServiceFact(id=id, name=name or id, **fields)
    return make("service.changed.v1", subject=id, sequence=sequence, time=now(), data=fact)


def incident_told(kind: str, group_id: str | None, status: IncidentStatus, sequence: int, **fields: Any) -> Event:
    fact = IncidentFact(
        id=fields.pop("id", "INC-20261121-0001"),
        title="disk is full",
        status=status,
        severity=fields.pop("severity", Severity.HIGH),
        priority=Priority.HIGH,
        category=Category.FAILURE,
        urgency=Urgency.HIGH,
        group_id=group_id,
        created_at=fields.pop("created_at", now()),
        **fields,
    )
    return make(f"incident.{kind}.v1", subject=fact.id, sequence=sequence, time=now(), data=fact)


async def listed(client: httpx2.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"/alerts{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def status_of(client: httpx2.AsyncClient, key: str) -> str | None:
    return next((one["status"] for one in await listed(client) if one["dedup_key"] == key), None)


def told(harness: Harness, name: str, key: str) -> list[AlertFact]:
    facts = [event.data for event in harness.events if event.type == name]
    return [fact for fact in facts if isinstance(fact, AlertFact) and fact.dedup_key == key]
