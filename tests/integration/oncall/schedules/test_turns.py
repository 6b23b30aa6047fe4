"""On-call on its real parts: whoever is on duty stays so when others leave the rotation, in every answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.oncall.app import build
from shared.testing.harness import Harness
from tests.integration.oncall.test_oncall import World
from tests.unit.oncall.escalations import make_incident

pytestmark = pytest.mark.integration

DAY = timedelta(days=1)
BEGAN = (datetime.now(UTC) - DAY - timedelta(hours=6)).replace(microsecond=0)
"""Turns last a day, so the second one is on and ends within 18 hours."""
ENDS = BEGAN + 2 * DAY


def layers(*people: str) -> dict[str, Any]:
    starts_at = BEGAN.replace(tzinfo=None).isoformat()
    return {
        "layers": [{"name": "day", "starts_at": starts_at, "rotation": {"unit": "day"}, "participants": list(people)}]
    }


@pytest.fixture
async def world(harness: Harness) -> World:
    """The second of four people is on duty by the schedule `turns`, which the policy `turns` pages."""
    world = World(harness, await harness.start("oncall", build))
    await world.seed()
    for name in ("omar", "nadia"):
        await world.post("/users", {"id": name, "name": name, "email": f"{name}@example.org"})
    body = {"id": "turns", "name": "Turns", "time_zone": "UTC", **layers("sara", "kenji", "omar", "nadia")}
    await world.post("/schedules", body)
    step = {"targets": [{"type": "schedule", "id": "turns"}], "timeout_seconds": 300}
    await world.post("/escalation-policies", {"id": "turns", "name": "Turns", "steps": [step]})
    return world


async def edit(world: World, *people: str) -> datetime:
    answer = await world.api.patch("/schedules/turns", json=layers(*people))
    assert answer.status_code == 200, answer.text
    assert answer.json()["layers"][0]["participants"] == list(people)
    return datetime.fromisoformat(answer.json()["updated_at"])


async def on_call(world: World, at: datetime) -> list[str]:
    answer = await world.api.get("/schedules/turns/on-call", params={"at": at.isoformat()})
    users: list[str] = answer.json()["users"]
    return users


async def turns_of(world: World, count: int) -> list[list[str]]:
    """Who is on call at the middle of the turns from the running one on."""
    return [await on_call(world, ENDS + (number - 0.5) * DAY) for number in range(count)]


async def shifts_of(world: World) -> Sequence[tuple[str, datetime]]:
    """Who has the shifts from now on, and until when."""
    span = {"from": datetime.now(UTC).isoformat(), "to": (ENDS + 4 * DAY).isoformat()}
    found = (await world.api.get("/schedules/turns/shifts", params=span)).json()
    assert found["gaps"] == []
    return [(one["user_id"], datetime.fromisoformat(one["end"])) for one in found["shifts"]]


async def test_whoever_is_on_duty_stays_so_in_every_answer_when_somebody_else_leaves(world: World) -> None:
    preview = (await world.api.post("/schedules/turns/preview", json=layers("kenji", "nadia"))).json()
    changed = [span for person in preview["people"] for span in (*person["gains"], *person["loses"])]
    assert min(datetime.fromisoformat(span["start"]) for span in changed) == ENDS
    edited = await edit(world, "kenji", "nadia")
    everywhere = {one["schedule_id"]: one["users"] for one in (await world.api.get("/on-call")).json()["items"]}
    assert everywhere["turns"] == ["kenji"]
    assert [await on_call(world, at) for at in (BEGAN, edited - timedelta(hours=1), edited, ENDS)] == [
        ["sara"],
        ["kenji"],
        ["kenji"],
        ["nadia"],
    ]
    assert (await shifts_of(world))[:3] == [("kenji", ENDS), ("nadia", ENDS + DAY), ("kenji", ENDS + 2 * DAY)]
    calendar = (await world.api.get("/users/nadia.ics")).text
    assert f"DTSTART:{ENDS:%Y%m%dT%H%M%SZ}" in calendar
    audit = (await world.api.get("/on-call/audit")).json()["items"]
    assert [one for one in audit if one["kind"] == "gap"] == []
    await world.say("opened", make_incident(policy="turns"))
    await world.paged(1)
    assert [page.user.id for page in world.pages()] == ["kenji"]


async def test_edits_one_after_the_other_take_nobody_off_duty(world: World) -> None:
    for people in (("omar", "kenji", "nadia"), ("nadia", "kenji"), ("sara", "nadia", "omar", "kenji")):
        await edit(world, *people)
        assert await on_call(world, datetime.now(UTC)) == ["kenji"]
    assert await turns_of(world, 5) == [["kenji"], ["sara"], ["nadia"], ["omar"], ["kenji"]]


async def test_a_holder_who_leaves_is_followed_at_once_by_who_stands_there(world: World) -> None:
    asked = datetime.now(UTC)
    await edit(world, "sara", "omar", "nadia")
    assert await on_call(world, asked - timedelta(seconds=1)) == ["kenji"]
    assert await turns_of(world, 3) == [["omar"], ["nadia"], ["sara"]]


async def test_somebody_deleted_takes_nobody_else_off_duty_neither_before_nor_after_they_are_taken_out(
    world: World,
) -> None:
    assert (await world.api.delete("/users/sara", params={"force": True})).status_code == 204
    assert await turns_of(world, 4) == [["kenji"], ["omar"], ["nadia"], []]
    await edit(world, "kenji", "omar", "nadia")
    assert await turns_of(world, 4) == [["kenji"], ["omar"], ["nadia"], ["kenji"]]


async def test_a_swap_that_began_long_ago_counts_from_now(world: World) -> None:
    """Refused is what would be too long from now on, not what somebody writes down of the past."""
    end = datetime.now(UTC) + timedelta(hours=1)
    span = {"start": (end - timedelta(days=300)).isoformat(), "end": end.isoformat()}
    offer = await world.post("/schedules/weekly/swaps", {"user_id": "sara", **span})
    assert end - datetime.fromisoformat(offer["start"]) <= timedelta(hours=1)
    far = {"start": end.isoformat(), "end": (end + timedelta(days=101)).isoformat()}
    answer = await world.api.post("/schedules/weekly/swaps", json={"user_id": "sara", **far})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/end")
