"""A projection that is lost comes back: the owners tell the facts again, and the stream is a shortcut to the same."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence

from shared.bus.consumer import Delivery
from shared.bus.stream import read_stream
from shared.copies.replica import Replica
from shared.events import Event, make
from shared.events.incidents import ServiceFact
from shared.mongo import Database
from shared.outbox.aggregates import Aggregates, Change
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually

FACT = "service.changed.v1"


class Owner:
    """A toy service in the place of incident: it owns services and tells of them."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.services: Aggregates = runtime.aggregates("services")
        runtime.snapshots(FACT, self.snapshots)
        runtime.consume_events("incident", self.ignore)

    async def ignore(self, _batch: Sequence[Delivery[Event]]) -> None: ...

    def fact(self, key: str, version: int) -> Event:
        data = ServiceFact(id=key, name=f"{key} v{version}", deleted=version % 5 == 0)
        return make(FACT, subject=key, sequence=version, time=self.runtime.clock.now(), data=data)

    async def change(self, keys: Sequence[str], version: int) -> None:
        """Bring these services to a version."""
        changes = [Change(key, version - 1, {"n": version}, events=[self.fact(key, version)]) for key in keys]
        assert await self.services.commit(changes) == set()

    async def snapshots(self) -> AsyncIterator[Event]:
        async for document in self.services.collection.find({}):
            yield self.fact(document["_id"], document["version"])


class Copier:
    """A toy service in the place of automation: it keeps a copy of the services."""

    def __init__(self, runtime: Runtime) -> None:
        self.copy = Replica(runtime.database.collection("services"))
        self.handled = 0
        runtime.consume_events("automation", self.fold)
        runtime.replicates([FACT], "automation")

    async def fold(self, batch: Sequence[Delivery[Event]]) -> None:
        await self.copy.fold(delivery.payload for delivery in batch)
        self.handled += len(batch)

    async def content(self) -> dict[str, tuple[int, str]]:
        return {doc["_id"]: (doc["seq"], doc["data"]["name"]) async for doc in self.copy.collection.find({})}


async def start_owner(harness: Harness, instance: str = "") -> Owner:
    owners: list[Owner] = []
    await harness.start("incident", lambda runtime: owners.append(Owner(runtime)), instance=instance)
    return owners[0]


async def start_copier(harness: Harness) -> tuple[Runtime, Copier]:
    copiers: list[Copier] = []
    runtime = await harness.start("automation", lambda runtime: copiers.append(Copier(runtime)))
    return runtime, copiers[0]


def requests(harness: Harness) -> list[Event]:
    return [event for event in harness.events if event.type == "replay.requested.v1"]


async def history(owner: Owner) -> dict[str, tuple[int, str]]:
    """Give the owner a past; tell what a copy of it must hold."""
    keys = [f"s{number}" for number in range(30)]
    for version in range(1, 6):
        await owner.change(keys[: 30 - 4 * version], version)
        await owner.change([f"only-{version}"], 1)
    return {
        document["_id"]: (document["version"], f"{document['_id']} v{document['version']}")
        async for document in owner.services.collection.find({})
    }


async def test_a_dropped_projection_comes_back_the_same(harness: Harness) -> None:
    owner = await start_owner(harness)
    runtime, copier = await start_copier(harness)
    expected = await history(owner)
    await eventually(copier.content, until=lambda content: content == expected)
    await harness.stop(runtime)
    await lose_database(harness, "automation")
    _, copier = await start_copier(harness)
    assert await eventually(copier.content, until=lambda content: content == expected)
    await eventually(lambda: len(requests(harness)), until=lambda count: count == 2)


async def test_a_service_that_comes_late_learns_what_was_told_before_it_was_there(harness: Harness) -> None:
    owner = await start_owner(harness)
    expected = await history(owner)
    _, copier = await start_copier(harness)
    assert await eventually(copier.content, until=lambda content: content == expected)


async def test_a_projection_that_is_there_is_not_asked_for_again(harness: Harness) -> None:
    owner = await start_owner(harness)
    runtime, copier = await start_copier(harness)
    expected = await history(owner)
    await eventually(copier.content, until=lambda content: content == expected)
    await harness.stop(runtime)
    await owner.change(["only-1"], 2)
    _, copier = await start_copier(harness)
    await eventually(copier.content, until=lambda content: content["only-1"] == (2, "only-1 v2"))
    assert len(requests(harness)) == 1


async def test_one_replica_of_the_owner_answers(harness: Harness) -> None:
    owner = await start_owner(harness)
    await start_owner(harness, instance="incident.2")
    expected = await history(owner)
    await eventually(lambda: len(harness.events), until=lambda count: count >= len(expected))
    runtime, copier = await start_copier(harness)
    await eventually(copier.content, until=lambda content: content == expected)
    await harness.stop(runtime)
    await lose_database(harness, "automation")
    _, copier = await start_copier(harness)
    await eventually(copier.content, until=lambda content: content == expected)
    # what was written is there before it is counted
    await eventually(lambda: copier.handled, until=lambda handled: handled >= len(expected))
    # some may come again that the one before had in hand as it ended; a second answer would be as many once more
    assert copier.handled < 2 * len(expected)


async def test_more_facts_than_are_under_way_at_once_all_arrive(harness: Harness) -> None:
    owner = await start_owner(harness)
    await owner.services.collection.insert_many([{"_id": f"s{n}", "version": 1, "n": 1} for n in range(1_000)])
    _, copier = await start_copier(harness)
    await eventually(lambda: copier.handled, until=lambda handled: handled == 1_000, seconds=40)
    assert len(await copier.content()) == 1_000


async def test_the_stream_gives_the_same_projection(harness: Harness) -> None:
    await harness.make_log()
    owner = await start_owner(harness)
    runtime, copier = await start_copier(harness)
    expected = await history(owner)
    await eventually(copier.content, until=lambda content: content == expected)
    again = Replica(runtime.database.collection("again"))
    async with contextlib.aclosing(read_stream(harness.settings)) as stream:
        async for kept in stream:
            if kept.event.type == FACT:
                await again.fold([kept.event])
    assert {doc["_id"]: (doc["seq"], doc["data"]["name"]) async for doc in again.collection.find({})} == expected
    assert await again.get(["s0"]) == await copier.copy.get(["s0"])


async def lose_database(harness: Harness, service: str) -> None:
    """Lose a service's whole database, as a failed disk would."""
    database = Database(harness.settings, service)
    await database.drop()
    await database.close()
