"""PagerDuty's Events API v2 on a real broker and database: the alerts that events make, and its own answers."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from services.ingest.app import build
from shared.testing.harness import Harness, eventually
from tests.integration.ingest_stage import listed, status_of, told

pytestmark = pytest.mark.integration

ENQUEUE = "/v2/enqueue"


@pytest.fixture
async def client(harness: Harness) -> httpx2.AsyncClient:
    return harness.client(await harness.start("ingest", build))


def event(action: str = "trigger", key: str | None = "srv01/HTTP", **payload: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"routing_key": "0" * 32, "event_action": action}
    if key is not None:
        body["dedup_key"] = key
    if action == "trigger":
        body["payload"] = {"summary": "HTTP is down", "source": "srv01", "severity": "critical", **payload}
    return body


async def test_an_event_triggers_acknowledges_and_resolves_by_its_key(
    harness: Harness, client: httpx2.AsyncClient
) -> None:
    answer = await client.post(ENQUEUE, json=event())
    assert answer.status_code == 202
    assert answer.json() == {"status": "success", "message": "Event processed", "dedup_key": "srv01/HTTP"}

    await client.post(ENQUEUE, json=event("acknowledge"))
    await eventually(lambda: status_of(client, "srv01/HTTP"), until=lambda status: status == "acknowledged")
    await client.post(ENQUEUE, json=event())  # on an acknowledged one it only adds
    await client.post(ENQUEUE, json=event("resolve"))
    await eventually(lambda: status_of(client, "srv01/HTTP"), until=lambda status: status == "resolved")
    (alert,) = await listed(client)
    assert (alert["source"], alert["severity"], alert["title"]) == ("pagerduty", "critical", "HTTP is down")

    await client.post(ENQUEUE, json=event())  # on a resolved one it is another alert
    await eventually(lambda: listed(client), until=lambda items: len(items) == 2)
    await eventually(lambda: len(told(harness, "alert.opened.v1", "srv01/HTTP")) == 2)


async def test_without_a_key_every_trigger_is_another_alert(client: httpx2.AsyncClient) -> None:
    keys = {(await client.post(ENQUEUE, json=event(key=None))).json()["dedup_key"] for _ in range(2)}
    items = await eventually(lambda: listed(client), until=lambda items: len(items) == 2)
    assert {item["dedup_key"] for item in items} == keys

    await client.post(ENQUEUE, json=event("resolve", key=keys.pop()))
    await eventually(lambda: listed(client, "?status=resolved"))
    assert len(await listed(client, "?status=firing")) == 1


async def test_an_acknowledge_or_resolve_without_an_alert_changes_nothing_to_be_seen(
    client: httpx2.AsyncClient,
) -> None:
    for action in ("acknowledge", "resolve"):
        assert (await client.post(ENQUEUE, json=event(action, key="nobody"))).status_code == 202
    await client.post(ENQUEUE, json=event(key="somebody"))
    await eventually(lambda: listed(client))
    assert [item["dedup_key"] for item in await listed(client)] == ["somebody"]


@pytest.mark.parametrize(
    "body, status, fault",
    [
        (b"{not json", 400, "not JSON"),
        (b"[]", 400, "not a JSON object"),
        (json.dumps(event(severity="bad")).encode(), 400, "'payload.severity' is invalid"),
        (json.dumps(event(summary="s" * 1025)).encode(), 400, "'payload.summary'"),
        (json.dumps(event(key="k" * 256)).encode(), 400, "'dedup_key'"),
        (json.dumps(event("resolve", key=None)).encode(), 400, "'dedup_key' is missing"),
        (json.dumps(event(custom_details="x" * 600_000)).encode(), 413, "larger than 524288 bytes"),
    ],
    ids=["no JSON", "no object", "severity", "long summary", "long key", "resolve without a key", "too large"],
)
async def test_what_pagerduty_refuses_is_answered_as_pagerduty_does_and_kept_without_its_key(
    client: httpx2.AsyncClient, body: bytes, status: int, fault: str
) -> None:
    answer = await client.post(ENQUEUE, content=body)

    assert answer.status_code == status
    said = answer.json()
    assert (said["status"], said["message"]) == ("invalid event", "Event object is invalid")
    assert [fault in one for one in said["errors"]] == [True]

    async def kept() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await client.get("/alerts/malformed")).json()["items"]
        return items

    (one,) = await eventually(kept)
    assert one["source"] == "pagerduty"
    assert "0" * 32 not in one["body"]
    assert await listed(client) == []
