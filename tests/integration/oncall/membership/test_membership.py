"""People belong to teams: what a key that is limited to some may do to whom, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from services.oncall.app import build
from shared.callers.identity import Identity
from shared.testing.harness import PLAIN, Harness
from shared.vocabulary import Role
from tests.integration.oncall.test_oncall import World

pytestmark = pytest.mark.integration

HOOK = {"id": "hook", "channel": "webhook", "address": "https://attacker.example/steal"}


def person(key: str, **fields: Any) -> dict[str, Any]:
    methods = [{"id": "mail", "channel": "email", "address": f"{key}.private@example.org"}]
    return {"id": key, "name": key, "email": f"{key}@example.org", "contact_methods": methods, **fields}


@pytest.fixture
async def world(harness: Harness) -> World:
    world = World(harness, await harness.start("oncall", build))
    for team in ("team-a", "team-b"):
        await world.post("/teams", {"id": team, "name": team})
    await world.post("/users", person("alice", teams=["team-a"]))
    await world.post("/users", person("bob", teams=["team-b"]))
    await world.post("/users", person("both", teams=["team-a", "team-b"]))
    await world.post("/users", person("nobody"))
    return world


def of_b(world: World, role: Role = Role.MANAGER, user_id: str | None = None) -> httpx2.AsyncClient:
    return world.harness.client(
        world.runtime, Identity(key_id="b", name="team b's", role=role, teams=("team-b",), user_id=user_id)
    )


async def test_a_new_person_joins_their_teams_in_the_same_call(world: World) -> None:
    assert (await world.api.get("/users/both")).json()["teams"] == ["team-a", "team-b"]
    assert (await world.api.get("/teams/team-b")).json()["members"] == ["bob", "both"]
    manager = of_b(world)
    made = await manager.post("/users", json=person("new", teams=["team-b"]))
    assert (made.status_code, made.json()["teams"]) == (201, ["team-b"])
    for teams in ([], ["team-a"], ["team-b", "team-a"]):
        assert (await manager.post("/users", json=person("other", teams=teams))).status_code == 403
    assert (await world.api.get("/users/other")).status_code == 404
    unknown = await world.api.post("/users", json=person("other", teams=["team-a", "team-x"]))
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/teams")
    assert (await world.api.get("/users/other")).status_code == 404, "nothing is half done"
    taken = await world.api.post("/users", json=person("bob", teams=["team-a"]))
    assert taken.status_code == 409
    assert "bob" not in (await world.api.get("/teams/team-a")).json()["members"]


async def test_a_limited_manager_reaches_nobody_of_another_team(world: World) -> None:
    manager = of_b(world)
    refused = [
        await manager.patch("/users/alice", json={"contact_methods": [HOOK]}),
        await manager.patch("/users/nobody", json={"contact_methods": [HOOK]}),
        await manager.delete("/users/alice"),
        await manager.delete("/users/nobody"),
        await manager.delete("/users/both"),
        await manager.patch("/teams/team-b", json={"members": ["bob", "both", "alice"]}),
        await manager.patch("/users/bob", json={"teams": ["team-b", "team-a"]}),
        await manager.patch("/users/both", json={"teams": ["team-b"]}),
        await manager.patch("/users/bob", json={"role": "admin"}),
        await manager.post("/users/alice/calendar-link"),
        await manager.delete("/users/alice/calendar-link"),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    changed = await manager.patch("/users/bob", json={"name": "Bob B."})
    assert (changed.status_code, changed.json()["contact_methods"][0]["address"]) == (200, "bob.private@example.org")
    assert (await manager.patch("/users/both", json={"teams": ["team-a"]})).json()["teams"] == ["team-a"]
    assert (await manager.delete("/users/bob")).status_code == 204


async def test_addresses_are_masked_for_who_neither_leads_nor_is_the_person(world: World) -> None:
    async def seen(client: httpx2.AsyncClient) -> dict[str, tuple[str, str]]:
        users = (await client.get("/users")).json()["items"]
        for one in users:
            assert (await client.get(f"/users/{one['id']}")).json() == one
        return {one["id"]: (one["email"], one["contact_methods"][0]["address"]) for one in users}

    clear, hidden = ("bob@example.org", "bob.private@example.org"), ("b…@example.org", "b…@example.org")
    viewer = world.harness.client(world.runtime, Identity(key_id="v", name="wall", role=Role.VIEWER))
    assert (await seen(viewer))["bob"] == hidden
    assert (await seen(of_b(world, Role.VIEWER)))["bob"] == hidden
    assert (await seen(of_b(world, Role.RESPONDER, "bob")))["bob"] == clear
    assert (await seen(of_b(world)))["bob"] == clear
    assert (await seen(of_b(world)))["alice"] == ("a…@example.org", "a…@example.org")
    assert (await seen(world.api))["alice"] == ("alice@example.org", "alice.private@example.org")


async def test_a_calendar_link_shows_what_its_maker_may_see(world: World) -> None:
    for team in ("team-a", "team-b"):
        layer = {"name": "all", "starts_at": "2026-01-05T09:00:00", "participants": ["both"]}
        layer["rotation"] = {"unit": "day"}  # type: ignore[assignment]
        body = {"id": f"of-{team}", "name": f"Plan of {team}", "team": team, "time_zone": "UTC", "layers": [layer]}
        await world.post("/schedules", body)
    nobody = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{world.runtime.port}", trust_env=False, verify=PLAIN)

    async def feed(client: httpx2.AsyncClient) -> str:
        made = await client.post("/users/both/calendar-link")
        assert made.status_code == 201, made.text
        return (await nobody.get("/calendars/" + made.json()["url"].rpartition("/")[2])).text

    try:
        whole = await feed(world.api)
        assert "Plan of team-a" in whole
        assert "Plan of team-b" in whole
        part = await feed(of_b(world))
        assert "Plan of team-a" not in part
        assert "Plan of team-b" in part
        assert "Plan of team-b" in await feed(of_b(world, Role.RESPONDER, "both"))
        for stranger in (of_b(world, Role.RESPONDER, "bob"), of_b(world, Role.RESPONDER)):
            assert (await stranger.post("/users/both/calendar-link")).status_code == 403
    finally:
        await nobody.aclose()
