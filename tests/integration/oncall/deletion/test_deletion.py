"""A deletion of what is in use is refused with who would lose it; forced, it leaves a gap in every answer at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.oncall.app import build
from shared.callers.identity import Identity
from shared.events import make
from shared.events.incidents import ServiceFact
from shared.testing.harness import Harness, eventually
from shared.vocabulary import Role
from tests.integration.oncall.test_oncall import World, refused

pytestmark = pytest.mark.integration

FORCE = {"force": True}
DELETIONS = {
    "/users/sara": {("schedule", "weekly"), ("policy", "p"), ("service", "pay")},
    "/schedules/weekly": {("policy", "p"), ("service", "pay")},
    "/teams/payments": {("schedule", "weekly"), ("service", "pay")},
    "/escalation-policies/p": {("service", "pay")},
}


@pytest.fixture
async def world(harness: Harness) -> World:
    world = World(harness, await harness.start("oncall", build))
    await world.seed()
    fact = ServiceFact(id="pay", name="Payments", team="payments", escalation_policy_id="p")
    await harness.publish(make("service.changed.v1", subject="pay", sequence=1, time=datetime.now(UTC), data=fact))
    services = world.runtime.database.collection("catalogue_services")
    await eventually(lambda: services.count_documents({}), until=lambda count: count == 1)
    return world


async def answers(world: World) -> dict[str, Any]:
    """Who is on call now, by every answer that says so."""
    now = datetime.now(UTC)
    span = {"from": now.isoformat(), "to": (now + timedelta(days=20)).isoformat()}
    roster = (await world.api.get("/schedules/weekly/shifts", params=span)).json()
    body = {"layers": [{"starts_at": "2026-01-05T09:00:00", "participants": ["kenji"]}]}
    preview = (await world.api.post("/schedules/weekly/preview", json=body)).json()
    audit = (await world.api.get("/on-call/audit")).json()["items"]
    calendar = (await world.api.get("/schedules/weekly.ics")).text
    ends = [line.removeprefix("DTEND:").strip() for line in calendar.splitlines() if line.startswith("DTEND")]
    return {
        "on-call": (await world.api.get("/schedules/weekly/on-call")).json()["users"],
        "everywhere": (await world.api.get("/on-call")).json()["items"][0]["users"],
        "shifts": sorted({one["user_id"] for one in roster["shifts"]}),
        "gaps": len(roster["gaps"]),
        "preview": sorted(one["user_id"] for one in preview["people"] if one["lost_seconds"]),
        "audit": any(one["kind"] == "gap" for one in audit),
        "calendar": max(ends) > f"{now + timedelta(minutes=1):%Y%m%dT%H%M%SZ}",
    }


@pytest.mark.parametrize("path", DELETIONS)
async def test_what_is_in_use_is_deleted_only_by_force(world: World, path: str) -> None:
    answer = await world.api.delete(path)
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use"), answer.text
    errors = answer.json()["errors"]
    assert {(one["kind"], one["id"]) for one in errors} == DELETIONS[path]
    assert all(one["name"] in one["detail"] for one in errors)
    assert (await world.api.get(path)).status_code == 200
    assert (await world.api.delete(path, params=FORCE)).status_code == 204
    await refused(await world.api.delete(path), 404)


async def test_a_deleted_person_is_on_call_in_no_answer_and_the_past_stays(world: World) -> None:
    before = await answers(world)
    assert before | {"gaps": 0, "audit": False, "calendar": True} == before
    assert {str(before[name]) for name in ("on-call", "everywhere", "shifts", "preview")} == {"['sara']"}
    assert (await world.api.delete("/users/sara", params=FORCE)).status_code == 204
    after = await answers(world)
    assert after == {
        "on-call": [],
        "everywhere": [],
        "shifts": [],
        "gaps": 1,
        "preview": [],
        "audit": True,
        "calendar": False,
    }
    past = {"at": (datetime.now(UTC) - timedelta(days=1)).isoformat()}
    assert (await world.api.get("/schedules/weekly/on-call", params=past)).json()["users"] == ["sara"]
    await world.post("/users", {"id": "sara", "name": "Sara", "email": "s@example.org"})
    assert (await world.api.get("/schedules/weekly/on-call")).json()["users"] == ["sara"]
    assert (await world.api.get("/schedules/weekly/on-call", params=past)).json()["users"] == ["sara"]


async def test_what_a_deletion_made_unusable_can_still_be_edited(world: World) -> None:
    for path in ("/users/sara", "/users/kenji"):
        assert (await world.api.delete(path, params=FORCE)).status_code == 204
    for path in ("/schedules/weekly", "/escalation-policies/p", "/teams/payments"):
        renamed = await world.api.patch(path, json={"name": "Renamed"})
        assert (renamed.status_code, renamed.json()["name"]) == (200, "Renamed"), renamed.text
    layer = {"starts_at": "2026-01-05T09:00:00", "participants": ["sara", "stranger"]}
    await refused(await world.api.patch("/schedules/weekly", json={"layers": [layer]}), 422, "/layers/0/participants/1")
    named = {"name": "x", "steps": [{"targets": [{"type": "user", "id": "sara"}]}]}
    await refused(await world.api.post("/escalation-policies", json=named), 422, "/steps/0/targets/0/id")


async def test_a_schedule_made_while_its_person_is_deleted_has_nobody_on_call(world: World) -> None:
    await world.post("/users", {"id": "omar", "name": "Omar", "email": "omar@example.org"})
    layer = {"starts_at": "2026-01-05T09:00:00", "participants": ["omar"]}
    body = {"id": "raced", "name": "Raced", "time_zone": "UTC", "layers": [layer]}
    made, gone = await asyncio.gather(
        world.api.post("/schedules", json=body), world.api.delete("/users/omar", params=FORCE)
    )
    assert (made.status_code, gone.status_code) in ((201, 204), (422, 204))
    if made.status_code == 201:
        assert (await world.api.get("/schedules/raced/on-call")).json()["users"] == []


async def test_a_service_whose_alert_would_page_nobody_is_in_the_audit_of_its_team(world: World) -> None:
    async def found() -> list[tuple[str, list[str]]]:
        items = (await world.api.get("/on-call/audit")).json()["items"]
        return [(one["service_id"], one["teams"]) for one in items if one["kind"] == "service_pages_nobody"]

    assert await found() == []
    assert (await world.api.get("/on-call/audit/unpaged")).json() == {"services": 0}
    for path in ("/users/sara", "/users/kenji"):
        assert (await world.api.delete(path, params=FORCE)).status_code == 204
    assert await found() == [("pay", ["payments"])]
    assert (await world.api.get("/on-call/audit/unpaged")).json() == {"services": 1}
    other = world.harness.client(world.runtime, Identity(key_id="k", name="k", role=Role.VIEWER, teams=("other",)))
    assert (await other.get("/on-call/audit/unpaged")).json() == {"services": 0}
    assert (await other.get("/on-call/audit")).json()["items"] == []
