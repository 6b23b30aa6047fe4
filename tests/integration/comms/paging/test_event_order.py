"""Comms' consumers under any order and repetition of their events, on the real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.comms.canary.loopback import Loopback
from services.comms.channels.contract import ChannelsByName, ChannelSpec, PageLinks
from services.comms.channels.webhook import SPEC
from services.comms.delivery.delivery_state import DeliveryState
from services.comms.delivery.outcome import Leave, Outcome, delivered
from services.comms.incident_copies.standing import standing_of
from services.comms.incident_copies.store import INCIDENTS, IncidentCopies
from services.comms.paging.cancellation import no_longer_wanted
from services.comms.paging.forgetting import Forgetting
from services.comms.paging.handlers import CancellationHandler, PageHandler
from services.comms.paging.message_updater import Updater
from services.comms.paging.sending.destination import Router
from services.comms.paging.sending.process_lease import ProcessLease
from services.comms.paging.sending.sender import Sender
from services.comms.paging.store.deliveries import DELIVERIES, Deliveries
from services.comms.paging.store.leases import SENDERS, Leases
from services.comms.people.handlers import PeopleHandler
from services.comms.people.store.erased import ERASED, ErasedPeople
from services.comms.people.store.people import People
from shared.bus.consumer import Delivery as Message
from shared.canary import CanaryDocument
from shared.events import Event
from shared.events.incidents import IncidentFact
from shared.events.oncall import PageFact
from shared.outbox.relay import Relay
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing.harness import eventually
from shared.vocabulary import Channel, IncidentStatus
from tests.integration.idle import idle, make_indexes
from tests.unit.comms.builders import incident_told, make_incident, make_page, page_requested, user_erased

pytestmark = pytest.mark.integration

INCIDENTS_OF_A_TEST = ("INC-1", "INC-2")
PEOPLE = ("sara", "kenji")


@dataclass
class Book:
    """A channel that notes what it sends, and refuses to be asked for what was answered before."""

    spec: ChannelSpec = SPEC
    sent: list[str] = field(default_factory=list)
    answered: set[tuple[str, int]] = field(default_factory=set)
    too_late: list[str] = field(default_factory=list)

    def destination(self, address: str) -> str:
        return address

    async def send(self, page: PageFact, _links: PageLinks, _now: datetime, leave: Leave) -> Outcome:
        await leave()
        self.sent.append(page.page_id)
        if (page.incident.id, page.generation) in self.answered:
            self.too_late.append(page.page_id)
        return delivered("noted")

    async def close(self) -> None:
        """Nothing is open."""


class Bus:
    """Where hand-overs are told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def publish_events(self, events: Sequence[tuple[str, bytes, str]]) -> None:
        self.told.extend(key for key, _, _ in events)


@dataclass
class Comms:
    """The service without its bus."""

    deliveries: Deliveries
    sender: Sender
    pages: PageHandler
    cancellations: CancellationHandler
    people: PeopleHandler
    book: Book

    async def hear(self, events: Sequence[Event]) -> None:
        messages = [Message(event, {}, redelivered=False, routing_key=event.type) for event in events]
        await self.pages.handle([one for one in messages if one.payload.type == "page.requested.v1"])
        others = [one for one in messages if one.payload.type != "page.requested.v1"]
        await self.cancellations.handle(others)
        await self.people.handle(others)

    async def finish(self, page_ids: Sequence[str]) -> dict[str, tuple[DeliveryState, int]]:
        """Wait until nothing is left to do and tell how every page ended."""
        await eventually(lambda: not self.sender.held_ids(), seconds=60)
        async with asyncio.timeout(10):
            await self.sender.recorder.drain()
        found = await self.deliveries.by_ids(page_ids)
        return {page_id: (delivery.state, delivery.attempts) for page_id, delivery in found.items()}


@pytest.fixture
async def runtime(apart: Settings) -> AsyncIterator[Runtime]:
    async with idle("comms", apart) as one:
        for store in (Deliveries, IncidentCopies):
            store(one)
        await make_indexes(one)
        yield one


@asynccontextmanager
async def running(runtime: Runtime, *, sending: bool) -> AsyncIterator[tuple[Comms, list[asyncio.Task[None]]]]:
    """A fresh comms; its sender runs from the start, or when the test says so."""
    for name in (DELIVERIES, INCIDENTS, ERASED, SENDERS):
        await runtime.database.collection(name).delete_many({})
    bus, book = Bus(), Book()
    clock = runtime.clock
    runtime.relay = Relay(bus, runtime.database, clock)
    deliveries, copies, erased = Deliveries(runtime), IncidentCopies(runtime), ErasedPeople(runtime)
    holding = ProcessLease(Leases(runtime), clock, "comms")
    channels: ChannelsByName = {Channel.WEBHOOK: book}
    updater = Updater(channels, deliveries, copies, clock, base_url="", secret_key="key")
    sender = Sender(
        Router(channels, base_url="", secret_key="key"),
        deliveries,
        copies,
        holding,
        clock,
        sink=bus,
        updater=updater,
    )
    people = People(runtime)
    loopback = Loopback(CanaryDocument.of(runtime), sender.in_turn, clock)
    pages = PageHandler(deliveries, erased, sender, holding, loopback=loopback, clock=clock)
    cancellations = CancellationHandler(
        deliveries,
        copies,
        sender,
        forgetting=Forgetting(deliveries, erased),
        updater=updater,
        clock=clock,
    )
    everybody = PeopleHandler(people, erased)
    everybody.on_erased(cancellations.forget)
    comms = Comms(deliveries, sender, pages, cancellations, everybody, book)
    await holding.start()
    tasks = [
        asyncio.create_task(work)
        for work in (sender.recorder.run(), sender.recorder.announcer.run(), holding.run(sender), sender.take_up_due())
    ]
    if sending:
        tasks.append(asyncio.create_task(sender.run()))
    try:
        yield comms, tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@st.composite
def incident_histories(draw: st.DrawFn, incident_id: str) -> list[IncidentFact]:
    """What becomes of one incident, fact by fact: every answer answers all that was asked so far."""
    fact = make_incident(incident_id)
    history = [fact]
    for step in draw(st.lists(st.sampled_from(["ack", "new_alert", "resolve", "reopen"]), max_size=4)):
        generation = fact.paging.generation
        if step == "ack" and fact.status.is_open:
            fact = make_incident(
                incident_id, status=IncidentStatus.ACKNOWLEDGED, generation=generation, answered=generation
            )
        elif step == "new_alert" and fact.status.is_open:
            fact = make_incident(incident_id, generation=generation + 1, answered=fact.paging.answered)
        elif step == "resolve" and fact.status.is_open:
            fact = make_incident(
                incident_id, status=IncidentStatus.RESOLVED, generation=generation, answered=generation
            )
        elif step == "reopen" and not fact.status.is_open:
            fact = make_incident(incident_id, generation=generation + 1, answered=generation)
        else:
            continue
        history.append(fact)
    return history


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[list[Event]], dict[str, bool]]:
    """Events in batches, in any order and with repeats; and which pages are wanted when all is known."""
    histories = {one: draw(incident_histories(one)) for one in INCIDENTS_OF_A_TEST}
    erased = draw(st.sets(st.sampled_from(PEOPLE), max_size=1))
    pages = [
        make_page(
            f"{incident_id}-{generation}-{person}",
            incident_id=incident_id,
            generation=generation,
            user_id=person,
            requested_at=datetime.now(UTC),
        )
        for incident_id, history in histories.items()
        for generation in range(1, history[-1].paging.generation + 1)
        for person in draw(st.sets(st.sampled_from(PEOPLE)))
    ]
    events = [page_requested(page) for page in pages]
    events += [incident_told(fact, number) for facts in histories.values() for number, fact in enumerate(facts, 1)]
    events += [user_erased(person) for person in erased]
    shuffled = draw(st.permutations(events + draw(st.lists(st.sampled_from(events), max_size=5))))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(shuffled) - 1)), max_size=4)))
    batches = [shuffled[start:end] for start, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]
    wanted = {
        page.page_id: page.user.id not in erased
        and no_longer_wanted(standing_of(histories[page.incident.id][-1]), page.generation, datetime.now(UTC)) is None
        for page in pages
    }
    return batches, wanted


@pytest.mark.timeout(300)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=stories())
async def test_any_order_and_repetition_ends_in_the_same_state(
    runtime: Runtime, story: tuple[list[list[Event]], dict[str, bool]]
) -> None:
    batches, wanted = story
    async with running(runtime, sending=False) as (comms, tasks):
        for batch in batches:
            await comms.hear(batch)
        tasks.append(asyncio.create_task(comms.sender.run()))
        ended = await comms.finish(list(wanted))
    assert ended == {
        page_id: (DeliveryState.DELIVERED, 1) if good else (DeliveryState.CANCELLED, 0)
        for page_id, good in wanted.items()
    }
    assert sorted(comms.book.sent) == sorted(page_id for page_id, good in wanted.items() if good)


@pytest.mark.timeout(300)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=stories())
async def test_nothing_is_sent_after_its_answer_was_heard(
    runtime: Runtime, story: tuple[list[list[Event]], dict[str, bool]]
) -> None:
    batches, wanted = story
    async with running(runtime, sending=True) as (comms, _):
        for batch in batches:
            await comms.hear(batch)
            for event in batch:
                if isinstance(event.data, IncidentFact):
                    answered = range(1, event.data.paging.answered + 1)
                    comms.book.answered |= {(event.subject, generation) for generation in answered}
        ended = await comms.finish(list(wanted))
    assert comms.book.too_late == []
    assert len(comms.book.sent) == len(set(comms.book.sent))
    assert {page_id for page_id, (state, _) in ended.items() if state is DeliveryState.DELIVERED} == set(
        comms.book.sent
    )
    assert {state for state, _ in ended.values()} <= {DeliveryState.DELIVERED, DeliveryState.CANCELLED}


async def test_what_a_stopping_process_released_it_does_not_take_up_again(runtime: Runtime) -> None:
    async with running(runtime, sending=False) as (comms, _):
        pages = [make_page(f"p{number}", requested_at=datetime.now(UTC)) for number in range(5)]
        await comms.hear([page_requested(page) for page in pages])
        assert len(comms.sender.held_ids()) == 5
        await comms.sender.drain()
        await asyncio.sleep(1)  # what is due is looked for five times a second
        left = await comms.deliveries.by_ids([page.page_id for page in pages])
        assert {(one.state, one.owner) for one in left.values()} == {(DeliveryState.QUEUED, None)}
