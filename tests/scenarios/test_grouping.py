"""Which alerts become which incidents, and when an incident that somebody has taken is told again."""

from __future__ import annotations

import asyncio

from shared.testing.harness import eventually
from tests.scenarios.world import World


async def test_two_alerts_of_one_service_join_one_incident(world: World) -> None:
    _, _, service = await world.on_call_team()
    await world.fire(service, "disk")
    await world.fire(service, "memory")
    incident = await world.incident(service, where=lambda one: one["alerts"]["count"] == 2)
    assert len(await world.incidents(service)) == 1
    members = await world.alerts(service=service)
    assert {alert["incident_id"] for alert in members} == {incident["id"]}


async def test_alerts_of_two_services_are_two_incidents(world: World) -> None:
    first, second = await world.service(name="first"), await world.service(name="second")
    await world.post("/incidents/webhook", [world.alert(first), world.alert(second, "memory")], expect=202)
    assert (await world.incident(first))["id"] != (await world.incident(second))["id"]


async def test_the_same_alert_again_is_counted_and_pages_nobody_again(world: World) -> None:
    engineer, _, service = await world.on_call_team()
    for _ in range(5):
        await world.fire(service)
    await engineer.paged()
    await asyncio.sleep(1)
    assert (await world.incident(service))["alerts"]["count"] == 1
    assert len(engineer.posts()) == 1
    assert len(engineer.mails()) == 1


async def test_a_new_alert_on_an_acknowledged_incident_pages_again(world: World) -> None:
    engineer, _, service = await world.on_call_team()
    await world.fire(service, "disk")
    incident = await world.incident(service)
    await engineer.paged()
    await world.post(f"/incidents/{incident['id']}/ack")
    await world.fire(service, "memory")
    again = (await engineer.paged(2)).json()
    assert (again["incident"]["id"], again["reason"]) == (incident["id"], "new_alert")
    assert (await world.get(f"/incidents/{incident['id']}"))["status"] == "acknowledged"


async def test_a_known_alert_on_an_acknowledged_incident_pages_nobody(world: World) -> None:
    engineer, _, service = await world.on_call_team()
    await world.fire(service)
    incident = await world.incident(service)
    await engineer.paged()
    await world.post(f"/incidents/{incident['id']}/ack")
    await world.fire(service)
    await asyncio.sleep(1.5)
    assert len(engineer.posts()) == 1


async def test_an_alert_of_an_unknown_service_is_kept_and_opens_an_unrouted_incident(world: World) -> None:
    nowhere = world.named("nowhere")
    accepted = await world.fire(nowhere)
    assert accepted["accepted"] == 1
    alert = (await eventually(lambda: _by_key(world, accepted["alerts"][0]["dedup_key"])))[0]
    incident = await world.get(f"/incidents/{alert['incident_id']}")
    assert incident["service_id"] == "unrouted"
    assert incident["status"] in ("triggered", "acknowledged")


async def test_an_incident_resolves_when_its_last_alert_does(world: World) -> None:
    _, _, service = await world.on_call_team()
    await world.fire(service, "disk")
    await world.fire(service, "memory")
    incident = await world.incident(service, where=lambda one: one["alerts"]["count"] == 2)
    await world.resolve(service, "disk")
    await world.incident(service, where=lambda one: one["alerts"] == {"count": 2, "firing": 1})
    assert (await world.get(f"/incidents/{incident['id']}"))["status"] == "triggered"
    await world.resolve(service, "memory")
    await world.becomes(incident["id"], "resolved")


async def test_an_alert_that_comes_back_after_its_incident_ended_opens_a_new_one(world: World) -> None:
    engineer, _, service = await world.on_call_team()
    await world.fire(service)
    first = await world.incident(service)
    await world.resolve(service)
    await world.becomes(first["id"], "resolved")
    await world.fire(service)
    second = await world.incident(service, where=lambda one: one["id"] != first["id"])
    assert second["status"] == "triggered"
    await engineer.paged(where=lambda said: said["incident"]["id"] == second["id"])


async def test_the_end_of_an_alert_that_nobody_knows_opens_nothing(world: World) -> None:
    engineer, _, service = await world.on_call_team()
    both = [world.alert(service, status="resolved"), world.alert(service, "memory")]
    await world.post("/incidents/webhook", both, expect=202)
    incident = await world.incident(service)
    assert incident["alerts"] == {"count": 1, "firing": 1}
    await engineer.paged()
    assert len(engineer.posts()) == 1


async def test_two_services_with_the_same_title_are_two_alerts(world: World) -> None:
    first, second = await world.service(name="first"), await world.service(name="second")
    bodies = [world.alert(service, dedup_key=None, title="down") for service in (first, second)]
    accepted = await world.post("/incidents/webhook", bodies, expect=202)
    assert len({alert["dedup_key"] for alert in accepted["alerts"]}) == 2
    assert (await world.incident(first))["id"] != (await world.incident(second))["id"]


async def _by_key(world: World, key: str) -> list[dict[str, object]]:
    return [one for one in await world.alerts(limit=200) if one["dedup_key"] == key and one["incident_id"]]
