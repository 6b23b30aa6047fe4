"""What a key may see and do, whatever service answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.scenarios.world import World

Connect = Callable[[str], httpx2.AsyncClient]


@pytest.fixture
async def connect(world: World) -> AsyncIterator[Connect]:
    """Clients with a key of their own."""
    async with AsyncExitStack() as clients:

        def make(key: str) -> httpx2.AsyncClient:
            client = httpx2.AsyncClient(
                base_url=world.api.base_url, headers={"authorization": f"Bearer {key}"}, timeout=20, trust_env=False
            )
            clients.push_async_callback(client.aclose)
            return client

        yield make


@dataclass(frozen=True)
class Team:
    """A team with everything that belongs to it, and a manager's key that is limited to it."""

    id: str
    service: str
    schedule: str
    policy: str
    incident: str
    api: httpx2.AsyncClient


async def make_team(world: World, connect: Connect, name: str) -> Team:
    team = world.named(name)
    person = await world.engineer(f"{name}-sara")
    await world.post("/teams", {"id": team, "name": team, "members": [person.id]})
    schedule, policy = f"{team}-weekly", f"{team}-policy"
    layer = {
        "name": "week",
        "priority": 1,
        "starts_at": "2026-01-05T09:00:00",
        "rotation": {"unit": "week", "turn_length": 1, "every": 1},
        "participants": [person.id],
        "restrictions": [],
    }
    plan = {"id": schedule, "name": schedule, "team": team, "time_zone": "Europe/Berlin", "layers": [layer]}
    await world.post("/schedules", plan)
    steps = [{"targets": [{"type": "schedule", "id": schedule}], "timeout_seconds": 300}]
    await world.post("/escalation-policies", {"id": policy, "name": policy, "team": team, "steps": steps})
    service = await world.service(policy, name=f"{name}-shop", team=team)
    incident = await world.post("/incidents", {"title": "Down", "service_id": service})
    made = await world.post("/api-keys", {"name": team, "role": "manager", "teams": [team]})
    return Team(team, service, schedule, policy, incident["id"], connect(made["key"]))


async def test_a_key_of_one_team_sees_and_changes_nothing_of_another(world: World, connect: Connect) -> None:
    mine, other = await make_team(world, connect, "red"), await make_team(world, connect, "blue")
    await world.until_pages(mine.incident, lambda pages: len(pages) > 0)
    for path in (
        "/services/{0.service}",
        "/incidents/{0.incident}",
        "/incidents/{0.incident}/timeline",
        "/incidents/{0.incident}/alerts",
        "/incidents/{0.incident}/pages",
        "/incidents/{0.incident}/explain",
        "/schedules/{0.schedule}",
        "/schedules/{0.schedule}/on-call",
        "/schedules/{0.schedule}/shifts",
        "/escalation-policies/{0.policy}",
    ):
        assert (await mine.api.get(path.format(mine))).status_code == 200, path
        assert (await mine.api.get(path.format(other))).status_code == 404, path
    for path, key in (
        ("/services", "service"),
        ("/incidents", "incident"),
        ("/schedules", "schedule"),
        ("/escalation-policies", "policy"),
        ("/on-call", "schedule"),
    ):
        seen = await mine.api.get(path, params={"limit": 200})
        assert getattr(mine, key) in seen.text, path
        assert other.id not in seen.text, path
        assert getattr(other, key) not in seen.text, path
    changes: list[tuple[str, str, Any]] = [
        ("PATCH", f"/services/{other.service}", {"description": "taken over"}),
        ("DELETE", f"/services/{other.service}", None),
        ("PATCH", f"/services/{mine.service}", {"team": other.id}),
        ("POST", "/services", {"name": "x", "team": other.id}),
        ("POST", "/incidents", {"title": "x", "service_id": other.service}),
        ("POST", f"/incidents/{other.incident}/ack", {}),
        ("PUT", f"/incidents/{other.incident}/status", {"status": "resolved"}),
        ("POST", f"/incidents/{other.incident}/timeline", {"text": "x"}),
        ("PATCH", f"/schedules/{other.schedule}", {"name": "x"}),
        ("DELETE", f"/schedules/{other.schedule}", None),
        ("PATCH", f"/escalation-policies/{other.policy}", {"name": "x"}),
        ("PATCH", f"/escalation-policies/{mine.policy}", {"team": other.id}),
        ("DELETE", f"/escalation-policies/{other.policy}", None),
        ("PATCH", f"/teams/{other.id}", {"name": "x"}),
    ]
    for method, path, body in changes:
        answer = await mine.api.request(method, path, json=body)
        assert answer.status_code == 403, (method, path, answer.text)
    assert (await mine.api.post(f"/incidents/{mine.incident}/ack", json={})).status_code == 200
    assert (await mine.api.get("/deliveries")).status_code == 403


async def test_a_browser_of_one_team_hears_of_its_teams_incident_and_takes_it(world: World, connect: Connect) -> None:
    mine, other = await make_team(world, connect, "red"), await make_team(world, connect, "blue")
    key = await world.post("/api-keys", {"name": mine.id, "role": "responder", "teams": [mine.id]})
    async with httpx2.AsyncClient(base_url=world.api.base_url, timeout=20, trust_env=False) as browser:
        signed_in = await browser.post("/session", json={"key": key["key"]})
        csrf = {"X-Tocsin-CSRF": signed_in.json()["csrf_token"]}
        async with browser.stream("GET", "/stream") as answer:
            lines = answer.aiter_lines()
            assert "event: hello" in [await anext(lines) for _ in range(4)]
            await world.fire(other.service)
            await world.fire(mine.service, "cpu")
            heard: set[str] = set()
            async with asyncio.timeout(20):
                while not {"alert.opened", "incident.opened", "page.delivered"} <= heard:
                    line = await anext(lines)
                    if line.startswith("data: "):
                        event = json.loads(line.removeprefix("data: "))
                        heard.add(event["type"])
                        assert event["incident_id"] != other.incident
                        assert event["service_id"] != other.service
        taken = await browser.post(f"/incidents/{mine.incident}/ack", json={}, headers=csrf)
        assert taken.json()["status"] == "acknowledged"


async def test_an_incident_reported_twice_under_one_idempotency_key_is_one_incident(world: World) -> None:
    service = await world.service()
    key = {"Idempotency-Key": world.named("report")}
    first, second = [
        await world.post("/incidents", {"title": "Down", "service_id": service}, headers=key) for _ in range(2)
    ]
    assert first["id"] == second["id"]
    assert len(await world.incidents(service)) == 1
