"""On-call on its real parts: however often a schedule is edited, who was on call before stays as it was."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.oncall.app import build
from services.oncall.schedules.history import KEPT_REVISIONS
from shared.testing.harness import Harness
from tests.integration.oncall.test_oncall import World, refused

pytestmark = pytest.mark.integration


@pytest.fixture
async def world(harness: Harness) -> World:
    world = World(harness, await harness.start("oncall", build))
    await world.seed()
    return world


async def on_call(world: World, at: datetime) -> list[str]:
    answer = await world.api.get("/schedules/weekly/on-call", params={"at": at.isoformat()})
    assert answer.status_code == 200, answer.text
    users: list[str] = answer.json()["users"]
    return users


async def test_a_schedule_that_is_edited_very_often_forgets_nothing(world: World) -> None:
    now = datetime.now(UTC)
    span = {"start": (now - timedelta(days=7)).isoformat(), "end": (now + timedelta(seconds=1)).isoformat()}
    old = await world.post("/schedules/weekly/overrides", {"kind": "add", "user_id": "kenji", **span})
    begin, end = (datetime.fromisoformat(old[name]) for name in ("start", "end"))
    assert now <= begin <= end, "what has been stays: it begins when it is made"
    await asyncio.sleep(max(0.0, (end - datetime.now(UTC)).total_seconds()))  # it is over before the first edit
    seen: list[tuple[datetime, list[str]]] = [(begin, ["kenji", "sara"]), (end, ["sara"])]
    for number in range(KEPT_REVISIONS + 5):
        person = ("kenji", "sara")[number % 2]
        layer: dict[str, Any] = {"starts_at": "2026-01-05T09:00:00", "participants": [person]}
        answer = await world.api.patch("/schedules/weekly", json={"layers": [layer]})
        assert answer.status_code == 200, answer.text
        seen.append((datetime.fromisoformat(answer.json()["updated_at"]), [person]))
    schedule = (await world.api.get("/schedules/weekly")).json()
    assert schedule["overrides"] == []
    assert [await on_call(world, at) for at, _ in seen] == [users for _, users in seen]
    roster = await world.api.get(
        "/schedules/weekly/shifts",
        params={"from": seen[2][0].isoformat(), "to": (seen[-1][0] + timedelta(milliseconds=1)).isoformat()},
    )
    assert [shift["user_id"] for shift in roster.json()["shifts"]] == [users[0] for _, users in seen[2:]]
    listed = (await world.api.get("/schedules/weekly/overrides", params={"from": begin.isoformat()})).json()
    assert (listed["items"], listed["next_cursor"]) == ([old], None)
    assert (await world.api.get(f"/schedules/weekly/overrides/{old['id']}")).json() == old
    assert (await world.api.get("/schedules/weekly.ics")).status_code == 200
    assert (await world.api.get("/users/sara.ics")).status_code == 200


async def test_the_past_is_not_rewritten(world: World) -> None:
    now = datetime.now(UTC)
    over = {"start": (now - timedelta(days=7)).isoformat(), "end": (now - timedelta(days=6)).isoformat()}
    wanted = {"kind": "replace", "user_id": "kenji", **over}
    await refused(await world.api.post("/schedules/weekly/overrides", json=wanted), 422, "/end")
    await refused(await world.api.post("/schedules/weekly/swaps", json={"user_id": "sara", **over}), 422, "/end")
    assert await on_call(world, now - timedelta(days=6, hours=12)) == ["sara"]
    soon = {"start": over["start"], "end": (now + timedelta(seconds=1)).isoformat()}
    made = await world.post("/schedules/weekly/overrides", {"kind": "replace", "user_id": "kenji", **soon})
    assert await on_call(world, now - timedelta(days=6, hours=12)) == ["sara"]
    await asyncio.sleep(1.1)
    await refused(await world.api.delete(f"/schedules/weekly/overrides/{made['id']}"), 409)


async def test_overrides_are_listed_by_span_and_page_by_page(world: World) -> None:
    start = datetime.now(UTC) + timedelta(days=1)
    made = [
        await world.post(
            "/schedules/weekly/overrides",
            {
                "kind": "add",
                "user_id": "kenji",
                "start": (start + timedelta(days=day)).isoformat(),
                "end": (start + timedelta(days=day + 1)).isoformat(),
            },
        )
        for day in (0, 1, 2)
    ]
    first = (await world.api.get("/schedules/weekly/overrides", params={"limit": 2})).json()
    assert first["items"] == made[:2]
    rest = await world.api.get("/schedules/weekly/overrides", params={"cursor": first["next_cursor"]})
    assert (rest.json()["items"], rest.json()["next_cursor"]) == (made[2:], None)
    span = {"from": made[1]["start"], "to": made[2]["start"]}
    assert (await world.api.get("/schedules/weekly/overrides", params=span)).json()["items"] == [made[1]]
    await refused(await world.api.get("/schedules/weekly/overrides/none"), 404)
    await refused(await world.api.get("/schedules/none/overrides"), 404)


async def test_the_past_of_a_deleted_schedule_is_gone_with_it(world: World) -> None:
    for number in range(KEPT_REVISIONS + 2):
        layer = {"starts_at": "2026-01-05T09:00:00", "participants": [("kenji", "sara")[number % 2]]}
        assert (await world.api.patch("/schedules/weekly", json={"layers": [layer]})).status_code == 200
    collection = world.runtime.database.collection("schedule_volumes")
    assert await collection.count_documents({}) == 1
    assert (await world.api.delete("/schedules/weekly", params={"force": True})).status_code == 204
    assert await collection.count_documents({}) == 0
