"""Changes on a real broker and database: kept, told once, listed newest first, and never an alert."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from services.ingest.app import build
from services.ingest.changes.store import Changes
from shared.callers.identity import Identity
from shared.events.changes import ChangeFact
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.testing.plans import is_indexed
from shared.vocabulary import Role
from tests.integration.ingest_stage import listed, now, service_changed

pytestmark = pytest.mark.integration

CHANGE, ENQUEUE = "/events/change", "/v2/change/enqueue"


@pytest.fixture
async def ingest(harness: Harness) -> Runtime:
    return await harness.start("ingest", build)


@pytest.fixture
async def client(harness: Harness, ingest: Runtime) -> httpx2.AsyncClient:
    return harness.client(ingest)


def deploy(version: str = "2.4.1", minutes_ago: float = 5, **fields: Any) -> dict[str, Any]:
    at = (now() - timedelta(minutes=minutes_ago)).isoformat()
    summary = f"payments {version} was deployed"
    return {"service": "payments", "summary": summary, "version": version, "author": "sara", "at": at, **fields}


async def changes(client: httpx2.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"/changes{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_change_is_kept_and_told_once_however_often_it_is_sent(
    harness: Harness, client: httpx2.AsyncClient
) -> None:
    await harness.publish(service_changed("payments", "Payment desk"))
    body = deploy(service="payment desk", environment="production", url="https://ci/812")

    async def sent() -> dict[str, Any]:
        answer = await client.post(f"{CHANGE}?source=github", json=body)
        assert answer.status_code == 202, answer.text
        said: dict[str, Any] = answer.json()
        return said

    first = await sent()
    assert (first["accepted"], len(first["changes"])) == (1, 1)
    assert (await sent())["changes"][0]["id"] == first["changes"][0]["id"]

    (kept,) = await changes(client)
    assert (kept["summary"], kept["version"], kept["author"]) == (body["summary"], "2.4.1", "sara")
    assert (kept["source"], kept["url"], kept["environment"]) == ("github", "https://ci/812", "production")
    assert (await client.get(f"/changes/{kept['id']}")).json() == kept
    told = await harness.event("change.recorded.v1")
    assert isinstance(told.data, ChangeFact)
    assert (told.subject, told.data.service_claim, told.sequence) == (kept["id"], "payment desk", 1)
    assert len([event for event in harness.events if event.type == "change.recorded.v1"]) == 1
    assert await listed(client) == []


async def test_a_change_event_of_pagerduty_is_a_change(harness: Harness, ingest: Runtime) -> None:
    identity = Identity(
        key_id="k", name="ci", role=Role.INTEGRATION, integration_id="int1", integration_service_id="payments"
    )
    sender = harness.client(ingest, identity)
    answer = await sender.post(ENQUEUE, json={"payload": {"summary": "Build passed", "source": "ci"}})
    assert (answer.status_code, answer.json()["message"]) == (202, "Change event processed")
    refused = await sender.post(ENQUEUE, json={"payload": {}})
    assert (refused.status_code, refused.json()["errors"]) == (400, ["'payload.summary' is missing or blank"])
    assert (await sender.get("/changes")).status_code == 403

    (kept,) = await changes(harness.client(ingest))
    assert (kept["service"], kept["source"], kept["integration_id"]) == ("payments", "pagerduty", "int1")


async def test_changes_are_listed_newest_first_by_service_and_page(client: httpx2.AsyncClient) -> None:
    bodies = [deploy(str(n), minutes_ago=n, service="ab"[n % 2]) for n in (3, 1, 4, 0, 2)]
    assert (await client.post(CHANGE, json=bodies)).json()["accepted"] == 5

    assert [one["version"] for one in await changes(client)] == ["0", "1", "2", "3", "4"]
    assert [one["version"] for one in await changes(client, "?service=A")] == ["0", "2", "4"]
    assert await changes(client, "?source=other") == []
    page = (await client.get("/changes?limit=2")).json()
    rest = await changes(client, f"?cursor={page['next_cursor']}")
    assert [one["version"] for one in [*page["items"], *rest]] == ["0", "1", "2", "3", "4"]


async def test_a_key_limited_to_teams_sees_the_changes_of_its_services(
    harness: Harness, ingest: Runtime, client: httpx2.AsyncClient
) -> None:
    await harness.publish(service_changed("payments", team="pay"), service_changed("orders", team="shop"))
    limited = harness.client(ingest, Identity(key_id="k", name="k", role=Role.VIEWER, teams=("pay",)))
    await client.post(CHANGE, json=[deploy(), deploy(service="orders")])

    (mine,) = await eventually(lambda: changes(limited))
    assert mine["service"] == "payments"
    other = next(one for one in await changes(client) if one["service"] == "orders")
    assert (await limited.get(f"/changes/{other['id']}")).status_code == 404


@pytest.mark.parametrize("path, body", [(CHANGE, b"{no"), (CHANGE, b"[7]"), (ENQUEUE, b"{no"), (ENQUEUE, b"[]")])
async def test_what_can_not_be_read_is_refused_and_kept(client: httpx2.AsyncClient, path: str, body: bytes) -> None:
    assert (await client.post(path, content=body)).status_code == 400
    assert await changes(client) == []

    async def kept() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await client.get("/alerts/malformed")).json()["items"]
        return items

    assert (await eventually(kept))[0]["body"].encode() == body


async def test_every_list_of_changes_walks_an_index_and_old_ones_are_forgotten(ingest: Runtime) -> None:
    store = Changes(ingest)
    collection = store._aggregates.collection
    for query, index in (({"order": {"$lt": "f"}}, "order"), ({"folded": "a", "order": {"$lt": "f"}}, "service")):
        assert await is_indexed(collection, query, sort={"order": -1}, hint=index)
    indexes = await collection.index_information()
    assert indexes["expire_at"]["expireAfterSeconds"] == 0


async def test_changes_are_told_again_on_request(harness: Harness, ingest: Runtime, client: httpx2.AsyncClient) -> None:
    await client.post(CHANGE, json=deploy())
    told = await harness.event("change.recorded.v1")
    (again,) = [event async for event in Changes(ingest).snapshots()]
    assert (again.subject, again.sequence, again.data) == (told.subject, told.sequence, told.data)
