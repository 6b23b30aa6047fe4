"""Alertmanager's own API on a real broker and database: what Prometheus posts fires, ends and goes silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.ingest.app import build
from shared.events.alerts import AlertFact
from shared.testing.harness import Harness, eventually
from shared.vocabulary import AlertStatus
from tests.integration.ingest_stage import WEBHOOK, listed, now

pytestmark = pytest.mark.integration

ALERTS = "/api/v2/alerts"
LABELS = {"alertname": "Down", "service": "payments", "severity": "critical"}


@pytest.fixture
async def client(harness: Harness) -> httpx2.AsyncClient:
    return harness.client(await harness.start("ingest", build))


def posted(ends_at: datetime | None, began: datetime) -> list[dict[str, Any]]:
    ends = {} if ends_at is None else {"endsAt": ends_at.isoformat()}
    return [{"labels": LABELS, "annotations": {"summary": "it is down"}, "startsAt": began.isoformat(), **ends}]


async def status(client: httpx2.AsyncClient) -> str | None:
    return next((one["status"] for one in await listed(client)), None)


async def test_what_prometheus_posts_fires_and_ends(client: httpx2.AsyncClient) -> None:
    began = now() - timedelta(minutes=1)
    answer = await client.post(ALERTS, json=posted(now() + timedelta(minutes=4), began))
    assert (answer.status_code, answer.content) == (200, b"")
    (alert,) = await eventually(lambda: listed(client))
    assert (alert["title"], alert["status"], alert["severity"]) == ("it is down", "firing", "critical")

    ended = now()
    await client.post(ALERTS, json=posted(ended, began))
    await eventually(lambda: status(client), until=lambda one: one == "resolved")
    await client.post(ALERTS, json=posted(ended, began))  # Prometheus says it again for a quarter of an hour
    assert len(await listed(client)) == 1


async def test_an_alert_whose_sender_falls_silent_is_stale_until_it_is_heard_again(
    harness: Harness, client: httpx2.AsyncClient
) -> None:
    began = now() - timedelta(minutes=1)
    for _ in range(3):  # each renews a promise that is nearly over
        await client.post(ALERTS, json=posted(now() + timedelta(seconds=2), began))
        await eventually(lambda: status(client), until=lambda one: one == "firing")
    await eventually(lambda: status(client), until=lambda one: one == "stale")
    told = await harness.event("alert.updated.v1")
    assert isinstance(told.data, AlertFact)
    assert told.data.status is AlertStatus.STALE

    await client.post(ALERTS, json=posted(now() + timedelta(minutes=4), began))
    await eventually(lambda: status(client), until=lambda one: one == "firing")
    assert len(await listed(client)) == 1
    assert len([event for event in harness.events if event.type == "alert.opened.v1"]) == 1


async def test_an_alert_that_also_comes_by_an_alertmanager_is_one_alert(client: httpx2.AsyncClient) -> None:
    began = now() - timedelta(minutes=1)
    await client.post(ALERTS, json=posted(None, began))
    (alert,) = await eventually(lambda: listed(client))
    webhook = {"status": "firing", "labels": LABELS, "startsAt": began.isoformat(), "fingerprint": alert["dedup_key"]}
    await client.post(WEBHOOK, json={"receiver": "tocsin", "groupLabels": {}, "alerts": [webhook]})

    (alert,) = await eventually(lambda: listed(client), until=lambda items: items[0]["count"] == 2)
    assert alert["source"] == "alertmanager"


async def test_a_body_that_is_no_list_of_alerts_is_refused_and_the_status_says_who_this_is(
    client: httpx2.AsyncClient,
) -> None:
    refused = await client.post(ALERTS, json=[{"annotations": {}}])
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/0/labels")
    assert await listed(client) == []
    assert (await client.get("/api/v2/status")).json()["versionInfo"]["version"] == "tocsin"
