"""What was resolved and fires again pages again: whoever said resolved, and whatever start the sender names."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.testing.harness import eventually
from tests.scenarios.world import Person, World

SUMMARY = "the error rate is high"


@pytest.fixture
def began() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


def labels(service: str) -> dict[str, str]:
    return {"alertname": "HighErrorRate", "service": service, "severity": "critical"}


async def webhook(world: World, service: str, status: str, began: datetime) -> None:
    """What Alertmanager's webhook tells."""
    one = {
        "status": status,
        "fingerprint": world.named("f"),
        "labels": labels(service),
        "annotations": {"summary": SUMMARY},
        "startsAt": began.isoformat(),
        "endsAt": datetime.now(UTC).isoformat() if status == "resolved" else "0001-01-01T00:00:00Z",
    }
    body = {"version": "4", "receiver": "tocsin", "status": status, "groupLabels": {}, "alerts": [one]}
    await world.post("/incidents/webhook", body, expect=202)


async def own_api(world: World, service: str, status: str, began: datetime) -> None:
    """What Prometheus posts."""
    ends = datetime.now(UTC) + timedelta(minutes=0 if status == "resolved" else 4)
    alert = {"labels": labels(service), "annotations": {"summary": SUMMARY}, "startsAt": began.isoformat()}
    await world.post("/api/v2/alerts", [{**alert, "endsAt": ends.isoformat()}])


async def next_page(engineer: Person, *before: str, seconds: float = 10) -> str:
    """The incident, none of those before, that the engineer is paged for."""
    page = await engineer.paged(where=lambda said: said["incident"]["id"] not in before, seconds=seconds)
    paged_for: str = page.json()["incident"]["id"]
    return paged_for


@pytest.mark.parametrize("tell", [webhook, own_api])
async def test_an_alert_that_fires_again_with_the_same_start_pages_again(
    world: World, began: datetime, tell: Any
) -> None:
    engineer, _, service = await world.on_call_team()
    await tell(world, service, "firing", began)
    first = await next_page(engineer)
    await tell(world, service, "resolved", began)
    await world.becomes(first, "resolved")

    await tell(world, service, "firing", began)  # it may be a copy, so it waits
    await asyncio.sleep(1)
    assert len(await world.incidents(service)) == 1
    await tell(world, service, "firing", began)

    second = await next_page(engineer, first)
    assert (await world.get(f"/incidents/{second}"))["status"] == "triggered"
    assert {one["status"]: one["incident_id"] for one in await world.alerts(service=service)} == {
        "firing": second,
        "resolved": first,
    }
    await tell(world, service, "resolved", began)
    await world.becomes(second, "resolved")


async def test_the_late_copy_of_a_second_alertmanager_pages_nobody(world: World, began: datetime) -> None:
    engineer, _, service = await world.on_call_team()
    await webhook(world, service, "firing", began)
    first = await next_page(engineer)
    for status in ("resolved", "firing", "resolved"):
        await webhook(world, service, status, began)
    await world.becomes(first, "resolved")
    await asyncio.sleep(3)
    assert len(await world.incidents(service)) == 1
    assert len(engineer.posts()) == 1


async def test_after_a_persons_resolve_what_still_fires_opens_a_new_incident_when_the_service_wants(
    world: World, began: datetime
) -> None:
    engineer = await world.engineer("sara")
    service = await world.service(await world.policy((engineer, 300)), resolved_grace_seconds=5)
    await webhook(world, service, "firing", began)
    first = await next_page(engineer)
    await world.post(f"/incidents/{first}/resolve")
    await eventually(
        lambda: world.alerts(service=service), until=lambda found: [one["status"] for one in found] == ["resolved"]
    )

    await webhook(world, service, "firing", began)
    await asyncio.sleep(5)
    assert len(await world.incidents(service)) == 1
    await webhook(world, service, "firing", began)

    second = await next_page(engineer, first)
    assert [one["id"] for one in await world.incidents(service)] == [second, first]


async def by_webhook(world: World, service: str, began: datetime) -> None:
    await webhook(world, service, "firing", began)


async def generic(world: World, service: str, _began: datetime) -> None:
    await world.fire(service)


@pytest.mark.parametrize("fire", [by_webhook, generic])
async def test_the_alert_of_a_reopened_incident_joins_it_and_pages_again(
    world: World, began: datetime, fire: Any
) -> None:
    engineer, _, service = await world.on_call_team()
    await fire(world, service, began)
    incident = await next_page(engineer)
    await world.post(f"/incidents/{incident}/resolve")
    await eventually(
        lambda: world.alerts(service=service), until=lambda found: [one["status"] for one in found] == ["resolved"]
    )
    await world.put(f"/incidents/{incident}/status", {"status": "investigating"})
    await asyncio.sleep(2)

    await fire(world, service, began)

    again = (await engineer.paged(2)).json()
    assert (again["incident"]["id"], again["reason"]) == (incident, "new_alert")
    assert [one["id"] for one in await world.incidents(service)] == [incident]
    assert (await world.get(f"/incidents/{incident}"))["status"] == "investigating"
    await world.post(f"/incidents/{incident}/resolve")
    await eventually(
        lambda: world.alerts(service=service), until=lambda found: {one["status"] for one in found} == {"resolved"}
    )


async def test_resolving_a_reopened_incident_leaves_another_one_of_the_service_alone(world: World) -> None:
    engineer, _, service = await world.on_call_team()
    await world.fire(service)
    first = await next_page(engineer)
    await world.post(f"/incidents/{first}/resolve")
    await eventually(
        lambda: world.alerts(service=service), until=lambda found: [one["status"] for one in found] == ["resolved"]
    )
    await world.fire(service)
    second = await next_page(engineer, first)
    await world.put(f"/incidents/{first}/status", {"status": "investigating"})
    await asyncio.sleep(1)

    await world.post(f"/incidents/{first}/resolve")

    await asyncio.sleep(2)
    assert (await world.get(f"/incidents/{second}"))["status"] == "triggered"
    (newest, _) = await world.alerts(service=service)
    assert (newest["status"], newest["incident_id"]) == ("firing", second)
