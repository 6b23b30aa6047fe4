"""How far the telling goes: step after step, round after round, until somebody answers or nobody is left."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from tests.scenarios.world import LATE_SECONDS, World


async def test_the_whole_policy_is_repeated_as_often_as_it_says(world: World) -> None:
    engineer, manager = await world.engineer("sara"), await world.engineer("mona")
    service = await world.service(await world.policy((engineer, 1), (manager, 1), repeat=1))
    await world.fire(service)
    await manager.paged(2, seconds=15)
    told = [(post.json()["step"], post.json()["round"]) for post in engineer.posts() + manager.posts()]
    assert told == [(1, 0), (1, 1), (2, 0), (2, 1)]


async def test_an_escalation_that_nobody_answers_ends_on_the_timeline_as_exhausted(world: World) -> None:
    engineer = await world.engineer("sara")
    service = await world.service(await world.policy((engineer, 1)))
    await world.fire(service)
    incident = await world.incident(service)
    await engineer.paged()
    await world.until_told(incident["id"], "exhausted")
    await asyncio.sleep(1.5)
    assert len(engineer.posts()) == 1


async def test_a_step_with_nobody_on_call_is_skipped_at_once(world: World) -> None:
    manager = await world.engineer("mona")
    nobody = await world.weekly()
    service = await world.service(await world.policy((nobody, 300), (manager, 300)))
    sent = datetime.now(UTC).timestamp()
    await world.fire(service)
    page = await manager.paged()
    assert page.at - sent < LATE_SECONDS
    assert page.json()["step"] == 2


async def test_an_acknowledgement_that_runs_out_pages_again(world: World) -> None:
    engineer = await world.engineer("sara")
    service = await world.service(await world.policy((engineer, 300), ack_timeout_seconds=2))
    await world.fire(service)
    incident = await world.incident(service)
    await engineer.paged()
    await world.post(f"/incidents/{incident['id']}/ack")
    again = (await engineer.paged(2)).json()
    assert again["reason"] == "ack_timeout"
    await world.becomes(incident["id"], "triggered")


async def test_a_severity_that_rises_to_critical_starts_over_at_the_first_step(world: World) -> None:
    engineer, _, service = await world.on_call_team()
    await world.fire(service, severity="high")
    incident = await world.incident(service)
    await engineer.paged()
    await world.put(f"/incidents/{incident['id']}/status", {"severity": "critical"})
    again = (await engineer.paged(2)).json()
    assert (again["reason"], again["step"]) == ("reescalated", 1)


async def test_an_edit_of_the_policy_does_not_touch_an_escalation_that_runs(world: World) -> None:
    engineer, manager, stranger = [await world.engineer(name) for name in ("sara", "mona", "ken")]
    policy = await world.policy((engineer, 3), (manager, 300))
    service = await world.service(policy)
    await world.fire(service)
    await engineer.paged()
    steps = [{"targets": [{"type": "user", "id": stranger.id}], "timeout_seconds": 300}]
    answer = await world.api.patch(f"/escalation-policies/{policy}", json={"steps": steps})
    assert answer.is_success, answer.text
    await manager.paged(seconds=15)
    assert stranger.posts() == []


async def test_pages_are_listed_with_who_when_and_what_became_of_them(world: World) -> None:
    engineer, _, service = await world.on_call_team()
    await world.fire(service)
    incident = await world.incident(service)
    await engineer.paged()
    await engineer.mailed()
    pages = await world.until_pages(incident["id"], lambda pages: {page["state"] for page in pages} == {"delivered"})
    assert {(page["user_id"], page["channel"]) for page in pages} == {
        (engineer.id, "email"),
        (engineer.id, "webhook"),
    }


async def test_resolving_by_hand_ends_the_escalation(world: World) -> None:
    engineer, manager = await world.engineer("sara"), await world.engineer("mona")
    service = await world.service(await world.policy((engineer, 2), (manager, 300)))
    await world.fire(service)
    incident = await world.incident(service)
    await engineer.paged()
    await world.post(f"/incidents/{incident['id']}/resolve", {"root_cause": "a full disk", "actions_taken": ["rm"]})
    await world.becomes(incident["id"], "resolved")
    await asyncio.sleep(2 + LATE_SECONDS)
    assert manager.posts() == []
