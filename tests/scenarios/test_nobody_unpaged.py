"""Somebody is always told: who left is on call nowhere, what is in use is not deleted by accident, and where a policy
names nobody who can be paged others take over and everybody can read it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.testing.harness import eventually
from tests.scenarios.world import World

FORCE = {"force": "true"}


async def delete_by_force(world: World, path: str) -> None:
    answer = await world.api.delete(path, params=FORCE)
    assert answer.status_code == 204, answer.text


async def test_deleting_somebody_on_call_says_first_who_would_lose_them(world: World) -> None:
    engineer = await world.engineer("sara")
    schedule = await world.weekly(engineer)
    policy = await world.policy((schedule, 300))
    service = await world.service(policy)

    async def refused(path: str) -> list[tuple[str, str]]:
        answer = await world.api.delete(path)
        assert (answer.status_code, answer.json()["code"]) == (409, "in_use"), answer.text
        return [(one["kind"], one["id"]) for one in answer.json()["errors"]]

    users = [("schedule", schedule), ("policy", policy), ("service", service)]
    assert await eventually(lambda: refused(f"/users/{engineer.id}"), until=lambda told: len(told) == 3) == users
    assert await refused(f"/schedules/{schedule}") == users[1:]
    assert await refused(f"/escalation-policies/{policy}") == users[2:]


async def test_who_was_deleted_is_on_call_nowhere_from_then_on_and_the_past_stays(world: World) -> None:
    engineer = await world.engineer("sara")
    schedule = await world.weekly(engineer)
    now = datetime.now(UTC)
    await delete_by_force(world, f"/users/{engineer.id}")
    assert (await world.get(f"/schedules/{schedule}/on-call"))["users"] == []
    past = await world.get(f"/schedules/{schedule}/on-call", at=(now - timedelta(hours=1)).isoformat())
    assert past["users"] == [engineer.id]
    roster = await world.get(
        f"/schedules/{schedule}/shifts", **{"from": now.isoformat(), "to": (now + timedelta(days=9)).isoformat()}
    )
    assert len(roster["gaps"]) == 1
    assert all(shift["end"] <= roster["gaps"][0]["start"] for shift in roster["shifts"])
    assert (await world.api.patch(f"/schedules/{schedule}", json={"name": "Renamed"})).status_code == 200


async def test_an_outage_whose_policy_names_only_who_left_is_mailed_to_the_admins(world: World) -> None:
    boss = await world.engineer("boss")
    assert (await world.api.patch(f"/users/{boss.id}", json={"role": "admin"})).status_code == 200
    engineer = await world.engineer("sara")
    service = await world.service(await world.policy((engineer, 300)))
    await delete_by_force(world, f"/users/{engineer.id}")

    async def found() -> list[dict[str, Any]]:
        items = (await world.get("/on-call/audit"))["items"]
        return [one for one in items if one["service_id"] == service]

    (finding,) = await eventually(found)
    assert (finding["kind"], "would page nobody" in finding["sentence"]) == ("service_pages_nobody", True)
    front = await eventually(lambda: world.api.get("/"), until=lambda answer: "would page nobody" in answer.text)
    assert service not in front.text, "only how many"
    await world.fire(service)
    incident = await world.incident(service)
    await boss.mailed()
    told = await world.get(f"/incidents/{incident['id']}/explain")
    assert told["policy_reason"] == "fallback_admins_by_mail"
    assert any("all admins are told by mail" in line["sentence"] for line in told["lines"])
    assert boss.id in await world.until_told(incident["id"], "all admins are told by mail")
    await delete_by_force(world, f"/users/{boss.id}")
