"""What was forgotten, as one list of all services: each item with whose it is and the one thing to do about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.testing.harness import eventually
from tests.scenarios.world import World


async def test_one_list_of_what_every_service_finds(world: World) -> None:
    engineer, _, service = await world.on_call_team()
    slug = world.named("page")
    component = {"id": "shop", "name": "Shop", "service_ids": [service]}
    await world.post("/status-pages", {"slug": slug, "name": "Acme", "components": [component]})
    await world.fire(service)
    incident = (await world.incident(service))["id"]
    ended = await world.post("/incidents", {"title": "ended", "service_id": service, "severity": "low"})
    await world.post(f"/incidents/{ended['id']}/resolve")
    review = (await world.post("/postmortems", {"incident_id": ended["id"]}))["id"]
    due_on = (datetime.now(UTC) - timedelta(days=9)).date().isoformat()
    overdue = {"title": "mend", "assignee_id": engineer.id, "due_on": due_on}
    action = await world.post(f"/postmortems/{review}/actions", overdue)

    async def subjects() -> dict[str, str]:
        found = await world.get("/incidents/stale", limit=200)
        assert found["unanswered"] == []
        return {one["subject"]: one["kind"] for one in found["items"]}

    found = await eventually(subjects, until=lambda seen: f"{slug}/shop" in seen)
    assert (found[f"{slug}/shop"], found[action["id"]]) == ("page_says_fine", "action_overdue")
    assert incident not in found, "it pages, and nobody forgot it"
    update = {"page": slug, "incident_id": incident, "status": "investigating", "message": "we look"}
    await world.post("/status-pages/updates", {**update, "components": [{"id": "shop", "status": "major_outage"}]})
    await eventually(subjects, until=lambda seen: f"{slug}/shop" not in seen)
