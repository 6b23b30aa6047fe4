"""CloudEvents over HTTP on a real broker and database, in each of the protocol's modes."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from services.ingest.app import build
from shared.testing.harness import Harness, eventually
from tests.integration.ingest_stage import WEBHOOK, listed

pytestmark = pytest.mark.integration

ATTRIBUTES = {"specversion": "1.0", "id": "1", "source": "/probes", "type": "org.example.disk.fired", "subject": "db-1"}
DATA = {"title": "disk is full", "severity": "critical", "service": "payments"}
BINARY = {f"ce-{name}": value for name, value in ATTRIBUTES.items()}


@pytest.fixture
async def client(harness: Harness) -> httpx2.AsyncClient:
    return harness.client(await harness.start("ingest", build))


@pytest.mark.parametrize(
    "headers, body",
    [
        ({"content-type": "application/cloudevents+json; charset=utf-8"}, {**ATTRIBUTES, "data": DATA}),
        ({"content-type": "application/cloudevents-batch+json"}, [{**ATTRIBUTES, "data": DATA}]),
        ({"content-type": "application/json", **BINARY}, DATA),
        ({"content-type": "application/json"}, {**ATTRIBUTES, "data": DATA}),
    ],
    ids=["structured", "batch", "binary", "by its shape"],
)
async def test_an_event_opens_and_ends_an_alert(
    client: httpx2.AsyncClient, headers: dict[str, str], body: dict[str, Any] | list[Any]
) -> None:
    answer = await client.post(WEBHOOK, content=json.dumps(body), headers=headers)
    assert answer.status_code == 202
    assert answer.json()["alerts"] == [{"dedup_key": "/probes#db-1", "status": "firing", "service": "payments"}]

    ended = {**BINARY, "ce-type": "org.example.disk.resolved"}
    assert (await client.post(WEBHOOK, headers=ended)).status_code == 202
    (alert,) = await eventually(lambda: listed(client, "?status=resolved"))
    assert (alert["title"], alert["source"], alert["severity"]) == ("disk is full", "cloudevents", "critical")


async def test_text_in_binary_mode_is_the_description(client: httpx2.AsyncClient) -> None:
    await client.post(WEBHOOK, content="95 % used", headers={"content-type": "text/plain", **BINARY})
    (alert,) = await eventually(lambda: listed(client))
    assert (alert["title"], alert["description"]) == ("org.example.disk: db-1", "95 % used")


@pytest.mark.parametrize("body", [b"{not json", b"7"])
async def test_what_is_no_event_is_refused(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await client.post(WEBHOOK, content=body, headers={"content-type": "application/cloudevents+json"})
    assert answer.status_code == 400
