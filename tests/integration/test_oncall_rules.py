"""On-call on its real parts: why people are paged, and what is planned, swapped and looked for."""

from __future__ import annotations

import pytest

from services.oncall.app import build
from shared.testing.harness import Harness, eventually
from tests.integration.test_oncall import World, refused
from tests.unit.oncall.escalations import make_incident

pytestmark = pytest.mark.integration


@pytest.fixture
async def world(harness: Harness) -> World:
    world = World(harness, await harness.start("oncall", build))
    await world.seed()
    return world


async def test_explain_says_of_each_person_why_they_were_or_were_not_paged(world: World) -> None:
    await world.say("opened", make_incident())
    await world.paged(1)
    await world.say("acknowledged", make_incident(1, 1))
    told = await eventually(world.explain, until=lambda told: told["state"] == "answered")
    assert told["summary"] == "Paged so far: sara. The escalation is answered."
    sara, kenji = told["people"]
    assert (sara["user_id"], sara["paged"]) == ("sara", True)
    assert [line["rule"] for line in sara["lines"]] == ["step_started", "paged"]
    assert sara["lines"][0]["sentence"] == "Step 1 told sara: on call by schedule weekly, layer week."
    assert (kenji["user_id"], kenji["paged"]) == ("kenji", False)
    assert [line["rule"] for line in kenji["lines"]] == ["step_not_reached"]
    assert {line["rule"] for line in told["lines"]} >= {"service_policy", "urgency", "started", "answered"}


async def test_explain_says_that_an_incident_without_a_policy_pages_nobody(world: World) -> None:
    await world.say("opened", make_incident(policy=None))
    told = await eventually(world.explain, until=lambda told: told["state"] == "nobody")
    assert told["people"] == []
    assert "nobody_no_policy" in {line["rule"] for line in told["lines"]}
    await refused(await world.api.get("/incidents/INC-404/explain"), 404)
