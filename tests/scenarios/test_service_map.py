"""The catalogue as its engineers use it: stating what depends on what, and seeing in an incident who is affected."""

from __future__ import annotations

import asyncio
from typing import Any

from shared.testing.harness import eventually
from tests.scenarios.world import World


async def test_an_incident_shows_whom_it_reaches_and_what_may_have_caused_it(world: World) -> None:
    _, _, users = await world.on_call_team()
    payments, shop, disk = (world.named(name) for name in ("pay", "shop", "disk"))
    file = f"""
services:
  - {{id: {payments}, name: {payments}, depends_on: [{users}]}}
  - {{id: {shop}, name: {shop}, depends_on: [{{service_id: {payments}, kind: soft}}]}}
  - {{id: {disk}, name: {disk}, depends_on: [{shop}]}}
"""
    answer = await world.api.post("/services/import", content=file, headers={"Content-Type": "application/yaml"})
    assert answer.json()["created"] == 3, answer.text
    # a circle, which there is no reason to forbid
    await world.post(f"/services/{users}/dependencies", {"depends_on": [disk], "kind": "hard"}, expect=201)

    await world.fire(users)
    incident = await world.get(f"/incidents/{(await world.incident(users))['id']}")
    assert _told(incident["blast_radius"]["downstream"]) == [
        (payments, 1, [users, payments], "hard"),
        (shop, 2, [users, payments, shop], "soft"),
        (disk, 3, [users, payments, shop, disk], "soft"),
    ]
    assert [one["service_id"] for one in incident["blast_radius"]["upstream"]] == [disk, shop, payments]
    suffering = (await world.get(f"/services/{users}/impact", severity="critical"))["items"]
    assert [one["severity"] for one in suffering] == ["critical", "high", "high"]
    graph = await world.get("/services/graph")
    assert {"from": users, "to": disk, "kind": "hard"} in graph["edges"]
    assert {one["id"]: one["severity"] for one in graph["nodes"]}[users] == "critical"


async def test_an_alert_of_a_service_that_needs_a_failing_one_joins_its_incident_and_pages_nobody(world: World) -> None:
    """Users is down; payments, which can't work without it, fails too: one incident, and one engineer is woken."""
    keeper, _, users = await world.on_call_team()
    other = await world.engineer("omid")
    payments = await world.service(await world.policy((other, 300), id=world.named("checkout")), "checkout")
    await world.post(f"/services/{payments}/dependencies", {"depends_on": [users], "kind": "hard"}, expect=201)
    await world.fire(users, severity="critical")
    cause = await world.incident(users)
    await keeper.paged()
    await world.post(f"/incidents/{cause['id']}/ack")
    await asyncio.sleep(2)  # ingest has heard of the edge and of the incident by then

    await world.fire(payments, "checkout", severity="high")
    joined = await world.incident(users, where=lambda one: one["alerts"]["count"] == 2)
    assert [(one["service_id"], one["path"]) for one in joined["effects"]] == [(payments, [payments, users])]
    await world.until_told(cause["id"], f"an effect of {users} joined (hard dependency: {payments} → {users})")
    (alert,) = await world.alerts(service=payments)
    assert (alert["incident_id"], alert["effect_of"]["service_id"]) == (cause["id"], users)
    assert await world.incidents(payments) == []
    lines = await eventually(lambda: _rules(world, cause["id"]), until=lambda rules: "joined_as_effect" in rules)
    assert lines["joined_as_effect"] == (
        f"Alerts of {payments} joined as effects (hard dependency: {payments} → {users}): nobody is paged for them."
    )

    # as grave as the cause, it is no mere effect
    await world.fire(payments, "database", severity="critical")
    own = await world.incident(payments)
    assert (await other.paged()).json()["incident"]["id"] == own["id"]
    assert len(keeper.posts()) == 1

    # what waits for its effects ends with the last of them
    await world.resolve(users)
    await asyncio.sleep(1)
    assert (await world.get(f"/incidents/{cause['id']}"))["status"] == "acknowledged"
    await world.resolve(payments, "checkout")
    await world.becomes(cause["id"], "resolved")


async def _rules(world: World, incident_id: str) -> dict[str, str]:
    told = await world.get(f"/incidents/{incident_id}/explain")
    return {line["rule"]: line["sentence"] for line in told["lines"]}


def _told(items: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(one["service_id"], one["distance"], one["path"], one["kind"]) for one in items]
