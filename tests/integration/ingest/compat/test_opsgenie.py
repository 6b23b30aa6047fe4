"""Opsgenie's alert API on a real broker and database: alerts by alias and id, and what became of each request."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from services.ingest.app import build
from shared.callers.identity import Identity
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.vocabulary import Role
from tests.integration.ingest_stage import listed, status_of

pytestmark = pytest.mark.integration

ALERTS = "/v2/alerts"


@pytest.fixture
async def ingest(harness: Harness) -> Runtime:
    return await harness.start("ingest", build)


@pytest.fixture
async def client(harness: Harness, ingest: Runtime) -> httpx2.AsyncClient:
    return harness.client(ingest)


async def accepted(answer: httpx2.Response) -> str:
    assert answer.status_code == 202, answer.text
    said = answer.json()
    assert (said["result"], isinstance(said["took"], float)) == ("Request will be processed", True)
    request_id: str = said["requestId"]
    return request_id


async def became(client: httpx2.AsyncClient, request_id: str) -> dict[str, Any]:
    answer = await client.get(f"{ALERTS}/requests/{request_id}")
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


async def test_an_alert_is_created_acknowledged_edited_and_closed_by_its_alias(client: httpx2.AsyncClient) -> None:
    alias = "srv01/HTTP 50%"
    payload = {"message": "HTTP is down", "alias": alias, "priority": "P1", "details": {"service": "web"}}
    made = await became(client, await accepted(await client.post(ALERTS, json=payload)))
    assert (made["isSuccess"], made["action"], made["status"]) == (True, "Create", "Created alert")
    (alert,) = await listed(client)
    assert (alert["id"], alert["dedup_key"], alert["service"]) == (made["alertId"], made["alias"], "web")
    assert (alert["source"], alert["severity"]) == ("opsgenie", "critical")

    named = f"{ALERTS}/srv01%2FHTTP%2050%25"
    alias_query = "?identifierType=alias"
    taken = await became(client, await accepted(await client.post(f"{named}/acknowledge{alias_query}", json={})))
    assert (taken["isSuccess"], taken["alertId"]) == (True, alert["id"])
    text = await client.put(f"{named}/message{alias_query}", json={"message": "HTTP is slow"})
    assert (await became(client, await accepted(text)))["status"] == "Updated alert"
    text = await client.put(f"{named}/description{alias_query}", json={"description": "see graph"})
    assert (await became(client, await accepted(text)))["isSuccess"] is True
    shown = (await client.get(f"{named}{alias_query}")).json()["data"]
    assert (shown["message"], shown["description"], shown["acknowledged"]) == ("HTTP is slow", "see graph", True)

    ended = await became(client, await accepted(await client.post(f"{named}/close{alias_query}")))
    assert (ended["isSuccess"], ended["status"]) == (True, "Closed alert")
    assert await status_of(client, alias) == "resolved"


@pytest.mark.parametrize("kind", ["", "?identifierType=id", "?identifierType=tiny"])
async def test_an_alert_without_an_alias_is_named_by_its_id(client: httpx2.AsyncClient, kind: str) -> None:
    first, second = [
        await became(client, await accepted(await client.post(ALERTS, json={"message": "down"}))) for _ in range(2)
    ]
    assert first["alertId"] != second["alertId"]

    closed = await accepted(await client.post(f"{ALERTS}/{first['alertId']}/close{kind}", json={"note": "done"}))

    assert (await became(client, closed))["alertId"] == first["alertId"]
    assert await status_of(client, first["alias"]) == "resolved"
    assert await status_of(client, second["alias"]) == "firing"
    assert (await client.get(f"{ALERTS}/{first['alertId']}{kind}")).json()["data"]["status"] == "closed"


async def test_an_alert_of_another_integration_is_nobodys(
    harness: Harness, ingest: Runtime, client: httpx2.AsyncClient
) -> None:
    made = await became(client, await accepted(await client.post(ALERTS, json={"message": "down"})))
    identity = Identity(key_id="k", name="n", role=Role.INTEGRATION, integration_id="other")
    other = harness.client(ingest, identity)

    closed = await accepted(await other.post(f"{ALERTS}/{made['alertId']}/close"))

    assert (await became(other, closed))["status"] == "Alert does not exist"
    assert (await other.get(f"{ALERTS}/{made['alertId']}")).status_code == 404
    assert await status_of(client, made["alias"]) == "firing"


async def test_closing_what_nobody_opened_fails_and_changes_nothing(client: httpx2.AsyncClient) -> None:
    by_alias = await accepted(await client.post(f"{ALERTS}/nobody/close?identifierType=alias"))
    by_id = await accepted(await client.post(f"{ALERTS}/nobody/close"))

    for request_id in (by_alias, by_id):
        assert (await became(client, request_id))["isSuccess"] is False
    assert await listed(client) == []


@pytest.mark.parametrize(
    "body, status, member",
    [
        (b"{not json", 400, None),
        (b"[]", 400, None),
        (b'{"message": ""}', 422, "message"),
        (b'{"message": "m", "priority": "P9"}', 422, "priority"),
    ],
)
async def test_what_opsgenie_refuses_is_answered_as_opsgenie_does(
    client: httpx2.AsyncClient, body: bytes, status: int, member: str | None
) -> None:
    answer = await client.post(ALERTS, content=body)

    assert answer.status_code == status
    said = answer.json()
    assert {"message", "took", "requestId"} <= said.keys()
    assert list(said.get("errors", {})) == ([member] if member else [])
    if status == 400:
        await eventually(lambda: malformed(client))


async def malformed(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get("/alerts/malformed")).json()["items"]
    return items


async def test_a_request_that_nobody_made_is_not_found(client: httpx2.AsyncClient) -> None:
    answer = await client.get(f"{ALERTS}/requests/513085b8-caf3-4f91-aa23-be5fdefc3570")

    assert answer.status_code == 404
    assert answer.json()["message"].startswith("Request not found")
