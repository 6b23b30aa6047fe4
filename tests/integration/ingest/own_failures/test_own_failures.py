"""A message that fails between alert and page becomes an alert on `tocsin`, one an hour and never about itself."""

from __future__ import annotations

import json
from collections.abc import Sequence

from services.ingest.app import build
from shared.bus.consumer import Delivery
from shared.bus.dead_letters import visit
from shared.events.alerts import AlertFact
from shared.failures import Never
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually


async def refuse(_batch: Sequence[Delivery[bytes]]) -> None:
    raise Never("it can't be handled")


def pages(runtime: Runtime) -> None:
    runtime.consume("comms.pages", refuse, lambda body, _: body)


def page(service: str) -> bytes:
    return json.dumps({"type": "page.requested.v1", "data": {"incident": {"service_id": service}}}).encode()


def alerts(harness: Harness) -> list[AlertFact]:
    return [event.data for event in harness.events if isinstance(event.data, AlertFact)]


async def buried(harness: Harness, count: int) -> None:
    await eventually(lambda: visit(harness.settings, replay=False, limit=50), until=lambda got: len(got) == count)


async def test_the_first_dead_page_of_an_hour_is_an_alert_and_those_about_tocsin_are_none(harness: Harness) -> None:
    await harness.start("comms", pages)
    runtime = await harness.start("ingest", build)
    await harness.publisher.to_queue("comms.pages", page("tocsin"))
    await buried(harness, 1)
    for _ in range(3):
        await harness.publisher.to_queue("comms.pages", page("payments"))
    await buried(harness, 4)
    event = await harness.event("alert.opened.v1")
    assert isinstance(event.data, AlertFact)
    assert (event.data.service_claim, event.data.severity) == ("tocsin", "critical")
    assert "it can't be handled" in event.data.description
    # a second process, or one that was killed before it noted it, sends no other
    await runtime.database.collection("own_failures").delete_many({})
    await harness.publisher.to_queue("comms.pages", page("payments"))
    await buried(harness, 5)
    noted = runtime.database.collection("own_failures")
    await eventually(lambda: noted.find_one({}))
    assert len({alert.id for alert in alerts(harness)}) == 1


async def test_what_a_sender_published_with_a_bad_key_calls_nobody(harness: Harness) -> None:
    runtime = await harness.start("ingest", build)
    headers = {"x-tocsin-key": "unknown"}
    await harness.publisher.with_headers("alerts.in", "x", b'{"title": "x"}', headers, "application/json")
    await buried(harness, 1)
    await harness.start("comms", pages)
    await harness.publisher.to_queue("comms.pages", page("payments"))
    await harness.event("alert.opened.v1")
    (alert,) = alerts(harness)
    assert "comms.pages" in alert.description
    assert await runtime.database.collection("own_failures").count_documents({}) == 1
