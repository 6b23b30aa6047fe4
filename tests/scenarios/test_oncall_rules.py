"""Pages held back and hurried on by hand, and why each person was or was not paged."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from shared.testing.harness import eventually
from tests.scenarios.world import LATE_SECONDS, World


async def test_a_snooze_stops_pages_at_once_and_pages_again_when_it_ends(world: World) -> None:
    engineer, manager = await world.engineer("sara"), await world.engineer("mona")
    service = await world.service(await world.policy((engineer, 2), (manager, 300)))
    await world.fire(service)
    incident = await world.incident(service)
    await engineer.paged()
    until = datetime.now(UTC) + timedelta(seconds=5)
    await world.post(f"/incidents/{incident['id']}/snooze", {"until": until.isoformat()})
    await asyncio.sleep(4)
    assert manager.posts() == []
    again = await engineer.paged(2)
    assert again.json()["step"] == 1
    assert again.at >= until.timestamp()
    assert "people are paged again" in await world.until_told(incident["id"], "the snooze is over")


async def test_escalating_by_hand_pages_the_next_person_at_once_even_when_it_was_acknowledged(world: World) -> None:
    engineer, manager, service = await world.on_call_team()
    await world.fire(service)
    incident = await world.incident(service)
    await engineer.paged()
    await world.post(f"/incidents/{incident['id']}/ack")
    asked = datetime.now(UTC).timestamp()
    await world.post(f"/incidents/{incident['id']}/escalate", {"note": "I need help"})
    page = await manager.paged()
    assert page.at - asked < LATE_SECONDS
    assert (page.json()["step"], page.json()["reason"]) == (2, "reescalated")
    assert len(engineer.posts()) == 1
    assert await world.until_told(incident["id"], "by hand") == "escalated by hand: I need help"


async def test_whoever_is_on_duty_goes_on_being_paged_when_somebody_else_leaves_the_rotation(world: World) -> None:
    """Four threads ask for it: taking Sara out of the order must not hand Mona's pager to Omar in mid-turn."""
    sara, mona, omar = [await world.engineer(name) for name in ("sara", "mona", "omar")]
    began = datetime.now(UTC).replace(microsecond=0, tzinfo=None) - timedelta(hours=36)
    layer = {"name": "day", "starts_at": began.isoformat(), "rotation": {"unit": "day"}}
    schedule = world.named("daily")
    everybody = {"layers": [{**layer, "participants": [sara.id, mona.id, omar.id]}]}
    without_sara = {"layers": [{**layer, "participants": [mona.id, omar.id]}]}
    await world.post("/schedules", {"id": schedule, "name": schedule, "time_zone": "UTC", **everybody})
    service = await world.service(await world.policy((schedule, 300)))
    preview = await world.post(f"/schedules/{schedule}/preview", without_sara)
    turn_ends = (began + timedelta(days=2)).replace(tzinfo=UTC)
    changes = [span["start"] for person in preview["people"] for span in (*person["gains"], *person["loses"])]
    assert all(datetime.fromisoformat(start) >= turn_ends for start in changes), "nobody's turn is cut short"
    assert (await world.api.patch(f"/schedules/{schedule}", json=without_sara)).status_code == 200
    await world.fire(service)
    await mona.paged()
    assert (sara.posts(), omar.posts()) == ([], [])
    for days, person in ((0, mona), (1, omar), (2, mona)):
        at = turn_ends + timedelta(days=days, hours=-1)
        told = await world.get(f"/schedules/{schedule}/on-call", at=at.isoformat())
        assert told["users"] == [person.id]


async def test_explain_says_why_each_person_was_or_was_not_paged(world: World) -> None:
    engineer, manager, service = await world.on_call_team()
    await world.fire(service)
    incident = await world.incident(service)
    await engineer.paged()
    await world.post(f"/incidents/{incident['id']}/ack")

    async def ask() -> dict[str, Any]:
        told: dict[str, Any] = await world.get(f"/incidents/{incident['id']}/explain")
        return told

    told = await eventually(ask, until=lambda told: told["state"] == "answered")
    people = {person["user_id"]: person for person in told["people"]}
    assert people[engineer.id]["paged"]
    assert "on call by schedule" in people[engineer.id]["lines"][0]["sentence"]
    assert not people[manager.id]["paged"]
    assert "somebody acknowledged the incident" in people[manager.id]["lines"][0]["sentence"]


async def test_a_calendar_reader_needs_the_secret_link_and_no_key(world: World) -> None:
    engineer = await world.engineer("sara")
    schedule = await world.weekly(engineer)
    link = (await world.post(f"/schedules/{schedule}/calendar-link"))["url"]
    async with httpx2.AsyncClient(base_url=str(world.api.base_url), trust_env=False) as reader:
        answer = await reader.get("/calendars/" + link.partition("/calendars/")[2])
        assert (answer.status_code, "SUMMARY:Sara" in answer.text) == (200, True)
        assert (await reader.get(f"/schedules/{schedule}.ics")).status_code == 401


async def test_a_calendar_link_ends_when_the_key_that_made_it_is_revoked(world: World) -> None:
    schedule = await world.weekly(await world.engineer("sara"))
    key = await world.post("/api-keys", {"name": world.named("laptop"), "role": "responder"})
    as_lost = {"authorization": f"Bearer {key['key']}"}
    link = (await world.post(f"/schedules/{schedule}/calendar-link", headers=as_lost))["url"]
    async with httpx2.AsyncClient(base_url=str(world.api.base_url), trust_env=False) as reader:

        async def status() -> int:
            return (await reader.get("/calendars/" + link.partition("/calendars/")[2])).status_code

        assert await status() == 200
        assert (await world.api.delete(f"/api-keys/{key['id']}")).status_code == 204
        await eventually(status, until=lambda code: code == 404)
