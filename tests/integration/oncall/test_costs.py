"""What a new incident costs on-call: each command to the database is counted."""

from __future__ import annotations

import secrets

import pytest

from services.oncall.app import build
from shared.testing.harness import Harness, eventually
from tests.integration.commands import Commands
from tests.integration.counting import counted
from tests.integration.oncall.test_oncall import World
from tests.unit.oncall.escalations import make_incident

pytestmark = pytest.mark.integration


def handled() -> float:
    """How much news on-call has taken in."""
    return counted("tocsin_messages_total", queue="oncall", verdict="ack")


async def test_an_escalation_that_this_process_wrote_is_not_read_again_for_the_next_news_of_its_incident(
    harness: Harness,
) -> None:
    incident_id = f"INC-{secrets.token_hex(4)}"
    commands = Commands(incident_id)
    world = World(harness, await harness.start("oncall", build))
    await world.seed()
    await world.say("opened", make_incident(id=incident_id))
    await world.paged(1)
    before = handled()
    await world.say("changed", make_incident(id=incident_id))
    await eventually(lambda: handled() == before + 1)
    assert "escalations.find" not in commands.sent
    assert commands.counts["escalations.insert"] == 1
    # one by the news, and at most one that clears what the first had left to be handed on
    assert 1 <= commands.counts["escalations.update"] <= 2


async def test_what_another_process_wrote_meanwhile_is_read_again_and_decided_on(harness: Harness) -> None:
    world = World(harness, await harness.start("oncall", build))
    await world.seed()
    await world.say("opened", make_incident())
    await world.paged(1)
    escalations = world.runtime.database.collection("escalations")
    await escalations.update_one({"_id": "INC-1"}, {"$set": {"team": "another"}, "$inc": {"version": 5}})
    before = handled()
    await world.say("changed", make_incident())
    await eventually(lambda: handled() == before + 1)
    kept = await escalations.find_one({"_id": "INC-1"})
    assert kept is not None
    assert kept["incident_sequence"] == 2
    assert kept["version"] == 7
