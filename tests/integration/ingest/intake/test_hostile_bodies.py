"""Hostile bodies over HTTP: 202, or a refusal that says why; never a failure of ours, and ingest works on.

What each place of each example may hold is tried without HTTP by the contract tests; here a few of it go the whole way.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from random import Random

import httpx2
import pytest

from services.ingest.app import build
from services.ingest.change_sources import CHANGE_SOURCES
from services.ingest.sources import SOURCES
from shared.bus.dead_letters import visit
from shared.testing.harness import Harness, eventually
from tests.contract.hostile_json import HOSTILE, places, written
from tests.integration.ingest_stage import WEBHOOK, alert, listed

pytestmark = pytest.mark.integration

BODIES = 40
"""Of each source."""
OWN_ROUTES = {"pagerduty": ("/v2/enqueue", "/v2/change/enqueue"), "opsgenie": ("/v2/alerts",)}


@pytest.fixture
async def client(harness: Harness) -> httpx2.AsyncClient:
    return harness.client(await harness.start("ingest", build))


def requests() -> Iterator[tuple[str, dict[str, str], bytes]]:
    """Address, headers and body: the same at every run."""
    dice = Random(2026)
    for path, sources in ((WEBHOOK, SOURCES), ("/events/change", CHANGE_SOURCES)):
        for name, source in sources.items():
            example = source.example
            addresses = (f"{path}?source={name}", path, *OWN_ROUTES.get(name, ()))
            for address, _ in zip(itertools.cycle(addresses), range(BODIES), strict=False):
                texts = [(dice.choice(places(example.body)), dice.choice(HOSTILE)) for _ in range(dice.randint(1, 2))]
                headers = {**getattr(example, "headers", {}), "content-type": "application/json"}
                yield address, headers, written(example.body, *texts)


async def test_no_body_is_a_failure_of_ours(harness: Harness, client: httpx2.AsyncClient) -> None:
    statuses = set()
    for address, headers, body in requests():
        answer = await client.post(address, headers=headers, content=body)
        assert answer.status_code in (200, 202, 400, 413, 422), (address, body[:400], answer.text[:400])
        answer.json()
        statuses.add(answer.status_code)
    assert {202, 400} <= statuses

    for key in ("first of its service", "after them all"):  # the first goes ahead of the queue
        assert (await client.post(WEBHOOK, json=alert(dedup_key=key, service="last"))).status_code == 202

    async def is_there() -> bool:
        return "after them all" in {one["dedup_key"] for one in await listed(client, "?service=last")}

    await eventually(is_there, seconds=30)
    assert await visit(harness.settings, replay=False, limit=10) == []
    changes = await client.get("/changes?limit=200")
    assert (changes.status_code, len(changes.json()["items"]) > BODIES) == (200, True)
    malformed = await client.get("/alerts/malformed?limit=200")
    assert (malformed.status_code, bool(malformed.json()["items"])) == (200, True)
