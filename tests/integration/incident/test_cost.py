"""What a new incident costs: how often the database is asked, and that what is not asked is right all the same."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping

import pytest

from services.incident.incidents.edit import Edit
from services.incident.suspects.handlers import SuspectHandler
from services.incident.suspects.neighbourhood import Neighbourhood
from services.incident.suspects.store.changes import Changes
from services.incident.suspects.store.evidence import SuspectEvidence
from shared.bus.consumer import Delivery
from shared.bus.topology import FIRST
from shared.events import Event, make
from shared.vocabulary import IncidentStatus
from tests.integration.incident.shelf import Shelf
from tests.unit.incident.builders import NOW, make_escalation, make_event, make_page, make_service


def delivered(*events: Event) -> list[Delivery[Event]]:
    return [Delivery(event, {}, False, event.type) for event in events]


async def counted(shelf: Shelf, work: Awaitable[None]) -> Mapping[str, int]:
    """The commands that this work sends."""
    shelf.commands.sent.clear()
    await work
    return shelf.commands.counts


async def begun(shelf: Shelf, alert: str = "a1") -> str:
    """An incident that begins with the first alert of its group; its id."""
    await shelf.hear(make_event(alert, group_id=f"g-{alert}", service_claim="pay"), lane=FIRST)
    return next(iter(await shelf.incidents.of_groups([f"g-{alert}"])))


async def test_the_first_alert_of_a_group_asks_for_a_number_and_writes_once(shelf: Shelf) -> None:
    await shelf.catalogue.commit(None, make_service("pay"))
    sent = await counted(shelf, shelf.hear(make_event("a1", service_claim="pay"), lane=FIRST))
    assert sent == {"incident_days.findAndModify": 1, "incidents.insert": 1}
    (stored,) = (await shelf.incidents.of_groups(["g1"])).values()
    assert (stored.incident.service_id, stored.incident.alerts.count) == ("pay", 1)


async def test_a_storm_of_first_alerts_asks_for_numbers_together(shelf: Shelf) -> None:
    await shelf.catalogue.commit(None, make_service("pay"))
    shelf.commands.sent.clear()
    for number in range(20):
        await begun(shelf, f"a{number}")
    sent = shelf.commands.counts
    assert sent["incidents.insert"] == 20
    assert sent["incident_days.findAndModify"] <= 8


async def test_a_service_is_known_as_it_was_edited_last_also_by_another_process(shelf: Shelf) -> None:
    await shelf.catalogue.commit(None, make_service("pay"))
    await begun(shelf, "a1")
    other = Shelf(shelf.runtime.settings)
    edited = make_service("pay", version=2, escalation_policy_id="new")
    assert await other.catalogue.commit(await other.catalogue.get("pay"), edited) == set()
    await shelf.keeper.refresh()
    shelf.commands.sent.clear()
    key = await begun(shelf, "a2")
    assert "services.find" not in shelf.commands.sent
    found = await shelf.incidents.get(key)
    assert found is not None
    assert found.incident.escalation_policy_id == "new"
    await other.runtime.database.close()


@pytest.mark.parametrize("kind", ["the same again", "another state of it first"])
async def test_what_is_told_first_but_was_known_makes_no_second_incident(shelf: Shelf, kind: str) -> None:
    opening = make_event("a1", group_id="g-a1")
    before = opening if kind == "the same again" else make_event("a1", 2, group_id="g-a1")
    await shelf.hear(before)
    await shelf.hear(opening, lane=FIRST)
    (stored,) = (await shelf.incidents.of_groups(["g-a1"])).values()
    assert (stored.incident.alerts.count, [one.seq for one in stored.waiting_members]) == (1, [before.sequence])


async def test_the_news_of_a_page_is_a_line_and_a_write(shelf: Shelf) -> None:
    key = await begun(shelf)
    page = make_page(incident_id=key)
    news = make("page.delivered.v1", subject="p1", sequence=1, time=NOW, data=page)
    sent = await counted(shelf, shelf.escalations.handle(delivered(make_escalation(1, incident=key)[0], news)))
    assert sent == {"incident_timeline.insert": 1, "incidents.update": 1}
    sent = await counted(shelf, shelf.escalations.handle(delivered(make_escalation(1, incident=key)[0])))
    assert sent["incidents.update"] == 0
    assert sent["incidents.find"] == 1


async def test_what_another_process_wrote_meanwhile_counts(shelf: Shelf) -> None:
    key = await begun(shelf)
    other = Shelf(shelf.runtime.settings)
    found = await other.incidents.get(key)
    assert found is not None
    answered = found.incident.paging.changed(answered=found.incident.paging.generation)
    taken = found.incident.changed(paging=answered, status=IncidentStatus.ACKNOWLEDGED, taken_by=["sara"])
    assert await other.incidents.commit([Edit(found.incident, taken, NOW)]) == set()
    # this process remembers it as it was before somebody acknowledged it
    timed_out = make_escalation(1, incident=key, ack_timed_out=True)[0]
    await shelf.escalations.handle(delivered(timed_out))
    stored = await shelf.incidents.get(key)
    assert stored is not None
    assert (stored.incident.status, stored.incident.paging.generation) == (IncidentStatus.TRIGGERED, 2)
    # and what changes nothing by what it remembers is decided on what is stored
    assert await other.incidents.commit([Edit(stored.incident, stored.incident.changed(impact="much"), NOW)]) == set()
    again = make_escalation(2, incident=key)[0]
    await shelf.escalations.handle(delivered(again))
    last = await shelf.incidents.get(key)
    assert last is not None
    assert (last.incident.impact, last.incident.escalation_sequence) == ("much", again.sequence)
    await other.runtime.database.close()


async def test_an_incident_before_which_nothing_was_changed_costs_its_suspects_a_question(shelf: Shelf) -> None:
    changes = Changes(shelf.runtime)
    evidence = SuspectEvidence(changes, Neighbourhood(lambda: shelf.keeper.map))
    facets = shelf.lists._facets
    handler = SuspectHandler(
        evidence,
        shelf.incidents,
        catalogue=shelf.catalogue,
        facets=facets,
        timeline=shelf.timeline,
        clock=shelf.runtime.clock,
    )
    keys = [await begun(shelf, f"a{number}") for number in range(5)]
    stored = await shelf.incidents.by_ids(keys)
    news = [Edit(None, one.incident, NOW).event() for one in stored.values()]
    sent = await counted(shelf, handler.handle(delivered(*news)))
    assert sent == {"changes.distinct": 1}
