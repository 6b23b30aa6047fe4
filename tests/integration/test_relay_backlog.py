"""A relay with a backlog: each event is published once all the same, and a storm holds nothing else back."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Sequence

from shared.aggregates import Aggregates, Change
from shared.clock import Clock
from shared.events import make, read
from shared.events.oncall import UserErased
from shared.mongo import Database
from shared.relay import Relay
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
async def _relayed(parts: Settings) -> AsyncIterator[tuple[Aggregates, Clock, SlowBus]]:
    settings = parts.model_copy(update={"namespace": f"t{secrets.token_hex(5)}"})
    clock, bus = Clock(None), SlowBus()
    database = Database(settings, "comms", clock)
    relay = Relay(bus, database, clock)
    things = Aggregates(database.collection("things"), relay, clock)
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
