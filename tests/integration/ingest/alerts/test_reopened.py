"""Alerts of an incident that a person reopened, on a real broker and database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from services.ingest.app import build
from services.ingest.incident_copies.store import Incidents
from shared.events import Event
from shared.events.alerts import AlertFact
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.testing.plans import is_indexed
from shared.vocabulary import IncidentStatus
from tests.integration.ingest_stage import WEBHOOK, alert, alertmanager, incident_told, listed, now, status_of, told

pytestmark = pytest.mark.integration

INVESTIGATING, RESOLVED, TRIGGERED = IncidentStatus.INVESTIGATING, IncidentStatus.RESOLVED, IncidentStatus.TRIGGERED


@pytest.fixture
async def ingest(harness: Harness) -> Runtime:
    return await harness.start("ingest", build)


@pytest.fixture
async def client(harness: Harness, ingest: Runtime) -> httpx2.AsyncClient:
    return harness.client(ingest)


async def opened(harness: Harness, client: httpx2.AsyncClient, body: Any, key: str = "a") -> AlertFact:
    before = len(told(harness, "alert.opened.v1", key))
    await client.post(WEBHOOK, json=body)
    await eventually(lambda: len(told(harness, "alert.opened.v1", key)) > before)
    return told(harness, "alert.opened.v1", key)[-1]


def resolved(id: str, alert: AlertFact, sequence: int = 2, **fields: Any) -> Event:
    known = {"resolved_at": now(), "resolved_by": "sara", "last_joined": alert.stamp} | fields
    return incident_told("resolved", alert.group_id, RESOLVED, sequence, id=id, **known)


def reopened(id: str, alert: AlertFact, sequence: int = 3) -> Event:
    fields = {"reopened_at": now(), "last_joined": alert.stamp}
    return incident_told("acknowledged", alert.group_id, INVESTIGATING, sequence, id=id, **fields)


async def test_an_alertmanagers_repeat_after_the_reopening_joins_the_incident(
    harness: Harness, client: httpx2.AsyncClient, ingest: Runtime
) -> None:
    body = alertmanager(("firing", "a", now() - timedelta(minutes=2)))
    first = await opened(harness, client, body)
    await harness.publish(incident_told("opened", first.group_id, TRIGGERED, 1, id="I"), resolved("I", first))
    await eventually(lambda: told(harness, "alert.resolved.v1", "a"))
    await client.post(WEBHOOK, json=body)  # quiet: a person has ended it
    await harness.publish(reopened("I", first), reopened("I", first))
    incidents = Incidents(ingest)
    await eventually(lambda: incidents.reopenings(["I"]), until=lambda known: known.get("I") is not None)

    again = await opened(harness, client, body)

    assert (again.id != first.id, again.group_id) == (True, first.group_id)
    (shown, _) = await listed(client)
    assert (shown["status"], shown["incident_id"]) == ("firing", "I")
    assert await is_indexed(incidents.collection, {"open_again": {"$in": [first.group_id]}}, hint="open_again")


async def test_it_joins_though_another_incident_of_the_service_came_and_went(
    harness: Harness, client: httpx2.AsyncClient, ingest: Runtime
) -> None:
    first = await opened(harness, client, alert(dedup_key="a"))
    await harness.publish(resolved("I", first))
    await eventually(lambda: told(harness, "alert.resolved.v1", "a"))
    other = await opened(harness, client, alert(dedup_key="b"), "b")
    assert other.group_id != first.group_id
    await harness.publish(resolved("J", other))
    await eventually(lambda: told(harness, "alert.resolved.v1", "b"))
    await harness.publish(reopened("I", first))
    incidents = Incidents(ingest)
    await eventually(lambda: incidents.reopenings(["I"]), until=lambda known: known.get("I") is not None)

    assert (await opened(harness, client, alert(dedup_key="a"))).group_id == first.group_id
    assert (await opened(harness, client, alert(dedup_key="c"), "c")).group_id == first.group_id


async def test_resolving_one_of_two_incidents_of_a_group_ends_only_its_own_alerts(
    harness: Harness, client: httpx2.AsyncClient
) -> None:
    """The second alert came while the first one's incident was being resolved, and opened another one."""
    first = await opened(harness, client, alert(dedup_key="a"))
    second = await opened(harness, client, alert(dedup_key="b"), "b")
    assert first.group_id == second.group_id

    await harness.publish(
        resolved("I", first), incident_told("opened", second.group_id, TRIGGERED, 1, id="J", last_joined=second.stamp)
    )
    await eventually(lambda: told(harness, "alert.resolved.v1", "a"))

    await eventually(lambda: listed(client), until=lambda items: items[0]["incident_id"] == "J")
    assert [(one["status"], one["incident_id"]) for one in await listed(client)] == [("firing", "J"), ("resolved", "I")]
    await harness.publish(resolved("J", second))
    await eventually(lambda: status_of(client, "b"), until=lambda status: status == "resolved")
