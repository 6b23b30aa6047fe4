"""`GET /on-call/coverage` on a real on-call service: the grid, its holes, and whose it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.oncall.app import build
from shared.callers.identity import Identity
from shared.events import make
from shared.events.incidents import ServiceFact
from shared.testing.harness import Harness, eventually
from shared.testing.turning import watched_loop
from shared.vocabulary import Role
from tests.integration.oncall.test_oncall import World

pytestmark = pytest.mark.integration

START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
SPAN = {"from": START.isoformat(), "to": (START + timedelta(hours=5)).isoformat()}


@pytest.fixture
async def world(harness: Harness) -> World:
    world = World(harness, await harness.start("oncall", build))
    await world.seed()
    return world


async def told(world: World, *facts: ServiceFact) -> None:
    await world.harness.publish(
        *(make("service.changed.v1", subject=one.id, sequence=1, time=START, data=one) for one in facts)
    )
    await eventually(lambda: read(world), until=lambda found: len(found["items"]) >= min(len(facts), 200))


async def read(world: World, **query: Any) -> dict[str, Any]:
    answer = await world.api.get("/on-call/coverage", params={**SPAN, **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_each_service_has_its_hours_and_its_holes(world: World) -> None:
    await told(
        world,
        ServiceFact(id="shop", name="Shop", team="payments", escalation_policy_id="p"),
        ServiceFact(id="wiki", name="Wiki"),
    )
    away = {"kind": "remove", "user_id": "sara"}
    away |= {"start": (START + timedelta(minutes=90)).isoformat(), "end": (START + timedelta(hours=3)).isoformat()}
    await world.post("/schedules/weekly/overrides", away)
    found = await read(world)
    shop, wiki = found["items"]
    seen = [(one["start"][11:16], one["users"], one["step"]) for one in shop["hours"]]
    at = [(START + timedelta(minutes=minutes)).strftime("%H:%M") for minutes in (0, 60, 90, 120, 180, 240)]
    assert seen == list(
        zip(at, [["sara"], ["sara"], ["kenji"], ["kenji"], ["sara"], ["sara"]], [1, 1, 2, 2, 1, 1], strict=True)
    )
    assert shop["holes"] == []
    assert (wiki["policy_id"], wiki["policy_reason"]) == (None, "nobody_no_policy")
    assert wiki["holes"] == [{"start": found["start"], "end": found["end"]}]
    theirs = world.harness.client(world.runtime, Identity(key_id="k", name="k", role=Role.VIEWER, teams=("payments",)))
    assert [one["service_id"] for one in (await theirs.get("/on-call/coverage")).json()["items"]] == ["shop"]


async def test_many_services_come_by_cursor_and_the_loop_goes_on_turning(world: World) -> None:
    await told(
        world, *(ServiceFact(id=f"s{number:03}", name=f"S{number}", escalation_policy_id="p") for number in range(201))
    )
    async with watched_loop() as watch:
        first = await read(world)
        stood = watch.stood
    assert stood < 2
    rest = await read(world, cursor=first["next_cursor"])
    assert (len(first["items"]), [one["service_id"] for one in rest["items"]]) == (200, ["s200"])
    assert rest["next_cursor"] is None


async def test_a_span_that_is_too_long_or_too_far_is_refused_with_its_place(world: World) -> None:
    for query, pointer in (
        ({"to": (START + timedelta(days=8)).isoformat()}, "/to"),
        ({"to": START.isoformat()}, "/to"),
        ({"from": (START - timedelta(days=30)).isoformat()}, "/from"),
    ):
        answer = await world.api.get("/on-call/coverage", params={**SPAN, **query})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
