"""The catalogue as its engineers use it: stating what depends on what, and seeing in an incident who is affected."""

from __future__ import annotations

from typing import Any

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


def _told(items: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(one["service_id"], one["distance"], one["path"], one["kind"]) for one in items]
