"""What a new incident costs on-call: each command to the database is counted."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest

from services.oncall.app import build
from services.oncall.escalation.page_row import Row, reported_row
from services.oncall.escalation.store.reachability import Reachability
from shared.events.oncall import PageState
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from tests.integration.commands import Commands
from tests.integration.counting import counted
from tests.integration.oncall.test_oncall import World
from tests.unit.comms.builders import make_page
from tests.unit.oncall.escalations import START, make_incident, make_result

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
    started = handled()
    await world.say("opened", make_incident(id=incident_id))
    await world.paged(1)
    # a page is on its way before the news that it comes of is settled
    await eventually(lambda: handled() == started + 1)
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


async def test_pages_that_arrive_one_after_the_other_are_noted_of_their_method_once(harness: Harness) -> None:
    user_id = f"user-{secrets.token_hex(4)}"
    commands = Commands(user_id)
    runtime = Runtime("oncall", harness.settings)
    here, elsewhere = Reachability(runtime), Reachability(runtime)
    try:
        for seconds in range(5):
            await here.fold([result(user_id, seconds)])
        assert commands.sent == ["contact_results.update"]
        await here.fold([result(user_id, 10, state=PageState.FAILED)])
        assert await elsewhere.find_failing() == {user_id: {"mail"}}
        await here.fold([result(user_id, 11)])
        assert await elsewhere.find_failing() == {}, "what arrives after a failure is noted at once"
        await elsewhere.fold([result(user_id, 12, state=PageState.FAILED)])
        await here.fold([result(user_id, 13)])
        assert await here.find_failing() == {}, "nothing is kept back from whoever asks"
        await here.fold([result(user_id, 14)])
        await elsewhere.fold([result(user_id, 13.5, state=PageState.FAILED)])
        await here.write_kept_back()
        assert await elsewhere.find_failing() == {}, "what was kept back counts by its own time"
    finally:
        await runtime.database.drop()
        await runtime.database.close()


def result(user_id: str, seconds: float, *, state: PageState = PageState.DELIVERED) -> Row:
    """The row of a page to somebody's mail, so many seconds after the start."""
    told = make_result(make_page(user_id=user_id, method_id="mail"), state=state, permanent=state is PageState.FAILED)
    return reported_row(told).changed(at=START + timedelta(seconds=seconds))
