"""What the answer to a sender says, on a real broker and database."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from services.ingest.app import build
from shared.callers.identity import Identity
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.vocabulary import Role
from tests.integration.ingest_stage import WEBHOOK, alert, listed, service_changed, status_of

pytestmark = pytest.mark.integration


@pytest.fixture
async def ingest(harness: Harness) -> Runtime:
    return await harness.start("ingest", build)


async def answered(client: httpx2.AsyncClient, body: Any) -> list[str]:
    answer = await client.post(WEBHOOK, json=body)
    assert answer.status_code == 202, answer.text
    return [one["service"] for one in answer.json()["alerts"]]


async def test_what_carries_only_a_key_is_answered_with_the_service_of_its_alert(
    harness: Harness, ingest: Runtime
) -> None:
    client = harness.client(ingest)
    await client.post(WEBHOOK, json=alert(dedup_key="q1"))
    await eventually(lambda: status_of(client, "q1"))
    replica = harness.client(await harness.start("ingest", build, instance="ingest.2"))

    ack, resolve = {"dedup_key": "q1", "status": "acknowledged"}, {"dedup_key": "q1", "status": "resolved"}
    for asked in (client, replica):
        assert await answered(asked, [ack, {"dedup_key": "q2", "status": "resolved"}]) == ["payments", "unrouted"]
    assert await answered(replica, {**resolve, "service": "something else"}) == ["payments"]
    await eventually(lambda: status_of(client, "q1"), until=lambda status: status == "resolved")
    assert await answered(replica, resolve) == ["payments"]
    assert [one["service"] for one in await listed(client)] == ["payments"]


async def test_a_resolve_that_comes_with_its_trigger_is_answered_with_its_service(
    harness: Harness, ingest: Runtime
) -> None:
    body = [alert(dedup_key="q1"), {"dedup_key": "q1", "status": "resolved"}]
    assert await answered(harness.client(ingest), body) == ["payments", "payments"]


async def test_the_alerts_own_service_goes_before_that_of_the_integration(harness: Harness, ingest: Runtime) -> None:
    await harness.publish(service_changed("payments"), service_changed("orders"))
    key = Identity(
        key_id="key_1",
        name="n",
        role=Role.INTEGRATION,
        integration_id="int_1",
        integration_kind="generic",
        integration_service_id="orders",
    )
    sender = harness.client(ingest, key)
    await eventually(lambda: answered(sender, alert(dedup_key="probe")), until=lambda found: found == ["payments"])
    assert await answered(sender, [alert(dedup_key="q1"), {"title": "x"}]) == ["payments", "orders"]
    assert await answered(sender, {"dedup_key": "q1", "status": "resolved"}) == ["payments"]
