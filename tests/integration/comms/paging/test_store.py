"""What comms asks its database: each question has an index, each write its guard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import monitoring

from services.comms.delivery.delivery_state import Attempt, DeliveryState, Move, Reason
from services.comms.delivery.outcome import OutcomeKind, delivered, down
from services.comms.delivery.store import Filters
from services.comms.incident_copies.store import IncidentCopies
from services.comms.paging import result_events as results
from services.comms.paging.delivery import Delivery, after_send, apply_move, cancel, give_up, take_up
from services.comms.paging.forgetting import AT_ONCE, Forgetting
from services.comms.paging.store.deliveries import Deliveries, Settled
from services.comms.paging.store.leases import Leases
from services.comms.paging.store.listing import Listing
from services.comms.people.store.erased import ErasedPeople
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing.harness import eventually
from shared.testing.plans import Heard
from tests.integration.idle import idle, make_indexes
from tests.unit.comms.builders import incident_told, make_delivery, make_incident, make_page, user_erased

pytestmark = pytest.mark.integration


HEARD = Heard()
monitoring.register(HEARD)


@pytest.fixture
async def runtime(apart: Settings) -> AsyncIterator[Runtime]:
    async with idle("comms", apart) as one:
        yield one


@pytest.fixture
async def store(runtime: Runtime) -> Deliveries:
    one = Deliveries(runtime)
    IncidentCopies(runtime)
    await make_indexes(runtime)
    return one


@pytest.fixture
def listing(runtime: Runtime) -> Listing:
    return Listing(runtime)


def now() -> datetime:
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def some(count: int, owner: str = "comms#1", **page: Any) -> list[Delivery]:
    fields = {"requested_at": now()} | page
    return [make_delivery(make_page(f"p{number}", **fields), owner=owner) for number in range(count)]


def handed_over(delivery: Delivery) -> Settled:
    move = after_send(delivery, delivery.attempts + 1, delivered("HTTP 200"), now(), 0.5)
    assert move is not None
    return settled(delivery, move)


def settled(delivery: Delivery, move: Move) -> Settled:
    at = now()
    return Settled(delivery, move, apply_move(delivery, move, at), at)


async def test_who_asks_hears_again_what_was_handed_over_and_nothing_else(store: Deliveries) -> None:
    deliveries = some(3)
    await store.take_in(deliveries)
    told = handed_over(deliveries[1])
    await store.settle([told, settled(deliveries[2], give_up(Reason.REFUSED, "550"))])
    again = [event async for event in store.snapshots()]
    first = results.result_event(told.after, told.move, told.at)
    assert [(one.id, one.type, one.sequence, one.data) for one in again] == [
        (one.id, one.type, one.sequence, one.data) for one in first
    ]


async def test_a_page_is_taken_in_once(store: Deliveries) -> None:
    assert await store.take_in(some(3)) == set()
    assert await store.take_in(some(4, owner="comms.2#1")) == {"p0", "p1", "p2"}
    found = await store.by_ids(["p0", "p3", "unknown"])
    assert {page_id: delivery.owner for page_id, delivery in found.items()} == {"p0": "comms#1", "p3": "comms.2#1"}


async def test_a_delivery_comes_back_as_it_was_stored(store: Deliveries) -> None:
    (delivery,) = some(1, title="پایگاه داده", requested_at=now().replace(microsecond=0))
    await store.take_in([delivery])
    move = after_send(delivery, 1, down("HTTP 502"), now(), 0.5)
    assert move is not None
    await store.settle([settled(delivery, move)])
    found = (await store.by_ids(["p0"]))["p0"]
    assert found.page == delivery.page
    assert (found.state, found.attempts, found.told, found.owner) == (DeliveryState.QUEUED, 1, True, None)


@pytest.mark.parametrize("told", [False, True], ids=["with an outbox", "with a mark"])
async def test_only_one_of_two_writers_wins(store: Deliveries, told: bool) -> None:
    deliveries = some(4)
    await store.take_in(deliveries)
    write = store.settle_handed_over if told else store.settle
    ours = [handed_over(delivery) for delivery in deliveries]
    cancelled = cancel(deliveries[1], Reason.ANSWERED)
    assert cancelled is not None
    assert await store.settle([settled(deliveries[1], cancelled)]) == set()
    assert await write(ours) == {"p1"}
    assert await write(ours) == {"p0", "p1", "p2", "p3"}
    states = {page_id: delivery.state for page_id, delivery in (await store.by_ids(["p0", "p1"])).items()}
    assert states == {"p0": DeliveryState.DELIVERED, "p1": DeliveryState.CANCELLED}


async def test_a_hand_over_is_marked_until_it_is_told(store: Deliveries, runtime: Runtime) -> None:
    deliveries = some(3)
    await store.take_in(deliveries)
    written = [handed_over(delivery) for delivery in deliveries]
    await store.settle_handed_over(written)
    left = await store.untold(runtime.clock.now() + timedelta(seconds=1), 10)
    assert [event for delivery in left for event in results.delivered_event(delivery)] == [
        event for one in sorted(written, key=lambda one: one.before.id) for event in results.delivered_event(one.after)
    ]
    await store.mark_told(["p0", "p2"])
    assert [delivery.id for delivery in await store.untold(runtime.clock.now() + timedelta(seconds=1), 10)] == ["p1"]


async def test_what_is_released_is_due_for_anybody_and_closed_to_its_holder(
    store: Deliveries, runtime: Runtime
) -> None:
    deliveries = some(3)
    await store.take_in(deliveries)
    leases = Leases(runtime)
    await leases.hold("comms#1", "comms", now())
    assert await leases.release("comms#1", now()) == 3
    assert await leases.all() == []
    assert await store.settle_handed_over([handed_over(delivery) for delivery in deliveries]) == {"p0", "p1", "p2"}
    assert sorted(delivery.id for delivery in await store.due(runtime.clock.now(), 10)) == ["p0", "p1", "p2"]


async def test_only_what_may_still_be_sent_is_found_for_cancelling(store: Deliveries) -> None:
    deliveries = some(3)
    await store.take_in(deliveries)
    await store.settle_handed_over([handed_over(deliveries[0])])
    assert {delivery.id for delivery in await store.of_incidents(["INC-20261121-0001"])} == {"p0", "p1", "p2"}
    assert {delivery.id for delivery in await store.unsent_of_people(["sara"])} == {"p1", "p2"}
    assert await store.of_incidents(["another"]) == []


async def test_a_list_of_pages_of_one_instant_has_no_gaps_and_no_repeats(store: Deliveries, listing: Listing) -> None:
    await store.take_in(some(25, requested_at=now().replace(microsecond=0)))
    seen: list[str] = []
    after = None
    while found := await listing.page(Filters(), 4, after):
        seen += [delivery.id for delivery in found]
        after = (found[-1].page.requested_at, found[-1].id)
    assert seen == sorted((f"p{number}" for number in range(25)), reverse=True)


async def test_a_list_goes_on_over_quiet_times(store: Deliveries, listing: Listing) -> None:
    ages = [0, 5, 3 * 3600, 3 * 86_400, 200 * 86_400]
    pages = [make_page(f"p{number}", requested_at=now() - timedelta(seconds=age)) for number, age in enumerate(ages)]
    await store.take_in([make_delivery(page) for page in pages])
    assert [delivery.id for delivery in await listing.page(Filters(), 10, None)] == ["p0", "p1", "p2", "p3", "p4"]
    assert [delivery.id for delivery in await listing.page(Filters(state=DeliveryState.FAILED), 10, None)] == []


async def test_deliveries_of_each_state_are_listed_newest_first(
    store: Deliveries, listing: Listing, runtime: Runtime
) -> None:
    pages = [make_page(f"p{number:02}", requested_at=now() - timedelta(hours=number)) for number in range(12)]
    deliveries = [make_delivery(page) for page in pages]
    await store.take_in(deliveries)
    waits = after_send(deliveries[2], 1, down("HTTP 502"), now(), 0.5)
    moves: list[tuple[Delivery, Move | None]] = [(one, give_up(Reason.REFUSED, "no")) for one in deliveries[3:6]]
    moves += [(one, cancel(one, Reason.ANSWERED)) for one in deliveries[6:12]] + [(deliveries[2], waits)]
    await store.settle([settled(one, move) for one, move in moves if move is not None])
    cancelled = (await store.by_ids(["p07"]))["p07"]
    await store.settle_handed_over([handed_over(deliveries[0]), handed_over(cancelled)])
    loops = [asyncio.create_task(run()) for run in runtime.relay.loops]
    expected = {
        DeliveryState.QUEUED: ["p02"],
        DeliveryState.SENDING: ["p01"],
        DeliveryState.DELIVERED: ["p00", "p07"],
        DeliveryState.FAILED: ["p03", "p04", "p05"],
        DeliveryState.CANCELLED: ["p06", "p08", "p09", "p10", "p11"],
    }
    for state, ids in expected.items():
        found = await eventually(
            lambda state=state: listing.page(Filters(state=state), 10, None),  # type: ignore[misc]
            until=lambda found, ids=ids: len(found) == len(ids),  # type: ignore[misc]
        )
        assert [delivery.id for delivery in found] == ids
        seen, after = list[str](), None
        while step := await listing.page(Filters(state=state), 2, after):
            seen += [delivery.id for delivery in step]
            after = step[-1].page.requested_at, step[-1].id
        assert seen == ids
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)


async def test_people_who_were_erased_before_are_forgotten_once_a_few_at_a_time(
    store: Deliveries, runtime: Runtime
) -> None:
    said = "550 no mailbox sara@example.org"
    people = [f"p{number:03d}" for number in range(AT_ONCE + 5)]
    pages = {person: make_page(f"page-{person}", user_id=person, requested_at=now()) for person in [*people, "here"]}
    history = [Attempt(at=now(), result=OutcomeKind.REFUSED, detail=said)]
    await store.take_in([make_delivery(page, detail=said, history=history) for page in pages.values()])
    erased = ErasedPeople(runtime)
    await erased.fold([user_erased(person) for person in people])
    assert await Forgetting(store, erased).sweep()  # a process that dies after its first few
    forgetting = Forgetting(store, erased)
    while await forgetting.sweep():
        pass
    found = await store.by_ids([page.page_id for page in pages.values()])
    kept = {key: one for key, one in found.items() if one.detail or one.history or one.page.method.address}
    assert set(kept) == {"page-here"}
    assert kept["page-here"].detail == said
    HEARD.asked.clear()
    HEARD.database = runtime.database.name
    while await forgetting.sweep():
        pass
    asked, HEARD.database = {one.collection for one in HEARD.asked}, ""
    assert asked == {"erased"}


async def test_what_was_taken_in_by_an_answer_of_before_is_forgotten_and_withdrawn_once_more(
    store: Deliveries, runtime: Runtime
) -> None:
    erased = ErasedPeople(runtime)
    assert await erased.among_of_late(["sara"]) == set()
    await ErasedPeople(runtime).fold([user_erased()])
    assert await erased.among_of_late(["sara"]) == set(), "another process was told"
    forgetting, withdrawn = Forgetting(store, erased, once_more_seconds=0.1), list[str]()
    await forgetting.forget(["sara"])
    await store.take_in([make_delivery(make_page("p1", user_id="sara"))])

    async def withdraw(user_ids: Sequence[str]) -> None:
        withdrawn.extend(user_ids)

    running = asyncio.create_task(forgetting.run(withdraw))
    await eventually(lambda: is_forgotten(store, "p1"))
    await eventually(lambda: runtime.database.collection("erased").find_one({"_id": "sara", "forgotten": True}))
    await eventually(lambda: "sara" in withdrawn)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def is_forgotten(store: Deliveries, page_id: str) -> bool:
    (found,) = (await store.by_ids([page_id])).values()
    return not found.page.method.address


async def test_every_question_has_an_index(store: Deliveries, listing: Listing, runtime: Runtime) -> None:
    deliveries = [
        make_delivery(
            make_page(f"p{n}", incident_id=f"INC-{n}", user_id=f"u{n}", requested_at=now()), owner=f"comms#{n}"
        )
        for n in range(300)
    ]
    await store.take_in(deliveries)
    copies, leases, erased = IncidentCopies(runtime), Leases(runtime), ErasedPeople(runtime)
    await copies.fold([incident_told(make_incident(f"INC-{number}"), 1) for number in range(50)])
    HEARD.database = runtime.database.name
    await store.by_ids(["p1", "p2"])
    await leases.held_by("comms#1")
    await store.of_incidents(["INC-1", "INC-2"])
    await copies.facts(["INC-1", "INC-2"])
    await store.unsent_of_people(["u1", "u2"])
    await copies.standings(["INC-1", "INC-2"])
    await erased.fold([user_erased()])
    await erased.among(["u1", "u2"])
    await erased.beyond("u1", 5)
    await store.forget("u1")
    for filters in (Filters("INC-1"), Filters(user_id="u1"), *(Filters(state=state) for state in DeliveryState)):
        for after in (None, (now(), "p1")):
            await listing.page(filters, 5, after)
    await store.settle_handed_over([handed_over(delivery) for delivery in deliveries[:3]])
    await store.mark_told([delivery.id for delivery in await store.untold(now(), 2)])
    await leases.hold("comms#1", "comms", now())
    await leases.release("comms#1", now() - timedelta(seconds=1))

    due = await store.due(now(), 10)
    await store.settle([settled(delivery, move) for delivery in due if (move := take_up(delivery))])
    asked = list(HEARD.asked)
    assert {one.collection for one in asked} == {"deliveries", "senders", "incidents", "erased", "undelivered"}
    keys = {one.collection: {"_id"} for one in asked}
    for name, models in runtime._indexes.items():
        keys[name] |= {next(iter(model.document["key"])) for model in models}
    assert [one for one in asked if one.query and not keys[one.collection] & one.query.keys()] == []
    assert [one for one in await HEARD.scans(runtime.database) if one.query] == []
