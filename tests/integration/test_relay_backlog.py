"""A relay that is slow for once publishes each event once all the same: its own poll leaves alone what it holds."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Sequence

from shared.aggregates import Aggregates, Change
from shared.clock import Clock
from shared.events import make
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

    async def publish_events(self, events: Sequence[tuple[str, bytes, str]]) -> None:
        await asyncio.sleep(1)
        self.published += [name for _, _, name in events]


def _change(key: str, clock: Clock) -> Change:
    event = make("user.erased.v1", subject=key, sequence=1, time=clock.now(), data=UserErased(id=key))
    return Change(key, 0, {}, events=[event])


async def test_a_backlog_older_than_the_grace_is_published_once(parts: Settings) -> None:
    settings = parts.model_copy(update={"namespace": f"t{secrets.token_hex(5)}"})
    clock, bus = Clock(None), SlowBus()
    database = Database(settings, "comms", clock)
    relay = Relay(bus, database, clock)
    things = Aggregates(database.collection("things"), relay, clock)
    running = asyncio.gather(relay.run_taken(), relay.run_poll())
    try:
        await things.commit([_change(f"t{number}", clock) for number in range(EVENTS)])
        waiting = {"outbox_at": {"$exists": True}}
        await eventually(lambda: things.collection.count_documents(waiting), seconds=30, until=lambda left: left == 0)
        assert len(bus.published) == len(set(bus.published)) == EVENTS
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await database.drop()
        await database.close()
