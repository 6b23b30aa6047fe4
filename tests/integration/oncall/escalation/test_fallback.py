"""When every page of a grave incident is lost, another policy takes over, and everybody hears of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.oncall.app import build
from shared.events import make
from shared.events.oncall import EscalationFact, PageFact
from shared.testing.harness import Harness, eventually
from tests.integration.oncall.test_oncall import World
from tests.unit.oncall.escalations import make_incident, make_result

pytestmark = pytest.mark.integration


class Aftermath:
    """What was asked for and told of one incident."""

    def __init__(self, world: World, incident_id: str) -> None:
        self.world = world
        self.incident_id = incident_id

    def pages(self) -> list[PageFact]:
        return [one for one in self.world.pages() if one.incident.id == self.incident_id]

    def told(self) -> list[EscalationFact]:
        heard = (event.data for event in self.world.harness.events if event.subject == self.incident_id)
        return [one for one in heard if isinstance(one, EscalationFact) and one.took_over]

    async def paged(self, count: int) -> PageFact:
        return (await eventually(self.pages, until=lambda pages: len(pages) == count))[-1]

    async def lose(self, page: PageFact) -> None:
        fact = make_result(page)
        await self.world.harness.publish(
            make("page.failed.v1", subject=page.page_id, sequence=1, time=datetime.now(UTC), data=fact)
        )


async def test_when_every_page_is_lost_the_default_policy_takes_over_in_turn_and_that_is_told(harness: Harness) -> None:
    harness.settings = harness.settings.model_copy(update={"default_policy": "spare"})
    world = World(harness, await harness.start("oncall", build))
    await world.seed()
    await world.post("/users", {"id": "noor", "name": "Noor", "email": "noor@example.org"})
    targets = [{"type": "user", "id": "kenji"}, {"type": "user", "id": "noor"}]
    for key, step in (
        ("alone", {"targets": targets[1:]}),
        ("spare", {"targets": targets, "assignment": "round_robin"}),
    ):
        await world.post("/escalation-policies", {"id": key, "name": key, "steps": [step]})
    for number, heir in enumerate(["kenji", "noor"]):
        after = Aftermath(world, f"INC-{number}")
        await world.say("opened", make_incident(id=after.incident_id, policy="alone"))
        await after.lose(await after.paged(1))
        assert (await after.paged(2)).user.id == heir
        told = (await eventually(after.told))[-1]
        assert (told.took_over, told.notified) == ("fallback_default_policy", [heir])


async def test_a_grave_incident_that_nobody_can_be_paged_for_mails_the_admins_and_says_so(harness: Harness) -> None:
    world = World(harness, await harness.start("oncall", build))
    await world.post("/users", {"id": "boss", "name": "Boss", "email": "boss@example.org", "role": "admin"})
    await world.say("opened", make_incident(policy="gone"))
    assert await world.paged(1) == ["boss/email 1.0 escalation"]
    told = await world.harness.event("escalation.changed.v1")
    assert (told.data.model_dump()["state"], told.data.model_dump()["took_over"]) == (
        "running",
        "fallback_admins_by_mail",
    )
    account = await eventually(world.explain, until=lambda told: told["people"])
    sentences = [line["sentence"] for line in account["lines"]]
    assert "Nobody could be paged so, and it is grave: all admins are told by mail." in sentences
    assert account["summary"] == "Paged so far: boss. It goes on to the next step until somebody answers."
