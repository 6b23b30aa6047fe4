"""A relay with a backlog: each event is published once all the same, and a storm holds nothing else back."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Sequence

from shared.clocks.clock import Clock
from shared.events import make, read
from shared.events.oncall import UserErased
from shared.mongo import Database
from shared.outbox.aggregates import Aggregates, Change
from shared.outbox.relay import Relay
from shared.settings import Settings
from shared.testing.harness import eventually

EVENTS = 1000


class SlowBus:
    """Takes a second for every batch: the last of a backlog waits longer than the poll's grace."""

    def __init__(self) -> None:
        self.published: list[str] = []
        self.subjects: list[str] = []

    async def publish_events(self, events: Sequence[tuple[str, bytes, str]]) -> None:
        await asyncio.sleep(1)
        self.published += [name for _, _, name in events]
        self.subjects += [read(body).subject for _, body, _ in events]


def _change(key: str, clock: Clock) -> Change:
    event = make("user.erased.v1", subject=key, sequence=1, time=clock.now(), data=UserErased(id=key))
    return Change(key, 0, {}, events=[event])


@contextlib.asynccontextmanager
async def _relayed(parts: Settings, *, transactional: bool = False) -> AsyncIterator[tuple[Aggregates, Clock, SlowBus]]:
    settings = parts.model_copy(update={"namespace": f"t{secrets.token_hex(5)}"})
    clock, bus = Clock(None), SlowBus()
    database = Database(settings, "comms", clock)
    relay = Relay(bus, database, clock)
    things = Aggregates(database.collection("things"), relay, clock, transactional=transactional)
    running = asyncio.gather(*(run() for run in relay.loops))
    try:
        yield things, clock, bus
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await database.drop()
        await database.close()


async def test_a_backlog_older_than_the_grace_is_published_once(parts: Settings) -> None:
    async with _relayed(parts) as (things, clock, bus):
        await things.commit([_change(f"t{number}", clock) for number in range(EVENTS)])
        waiting = {"outbox_at": {"$exists": True}}
        await eventually(lambda: things.collection.count_documents(waiting), seconds=30, until=lambda left: left == 0)
        assert len(bus.published) == len(set(bus.published)) == EVENTS


async def test_what_a_small_commit_leaves_does_not_wait_behind_a_storm(parts: Settings) -> None:
    async with _relayed(parts) as (things, clock, bus):
        await things.commit([_change(f"storm{number}", clock) for number in range(EVENTS)])
        await things.commit([_change("calm", clock)])
        await eventually(lambda: len(bus.published), seconds=30, until=lambda count: count == EVENTS + 1)
        calm = next(place for place, event in enumerate(bus.subjects) if event == "calm")
        assert calm <= Relay.BATCH * 2


async def test_clearing_and_a_transaction_never_wait_for_each_other(parts: Settings) -> None:
    async with _relayed(parts, transactional=True) as (things, clock, bus):
        await things.commit([_change(key, clock) for key in ("a", "b", "c")])
        async with asyncio.timeout(20), things.collection.database.client.start_session() as session:
            await session.start_transaction()
            await things.collection.update_one({"_id": "a"}, {"$set": {"n": 1}}, session=session)
            await eventually(lambda: len(bus.published) == 3)
            await asyncio.sleep(0.5)  # the relay clears meanwhile, and meets what the transaction has written
            await things.collection.update_one({"_id": "b"}, {"$set": {"n": 1}}, session=session)
            await session.commit_transaction()
        waiting = {"outbox_at": {"$exists": True}}
        await eventually(lambda: things.collection.count_documents(waiting), seconds=30, until=lambda left: left == 0)
        assert await things.collection.count_documents({"n": 1}) == 2
