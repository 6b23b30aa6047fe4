"""A service of which nothing runs: its stores can be asked, nothing is consumed, and only the test hands on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from shared.outbox.relay import Relay
from shared.runtime import Runtime
from shared.settings import Settings


class Bus:
    """Where what is handed on would go; `told` are the routing keys."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def publish_events(self, events: Sequence[tuple[str, bytes, str]]) -> None:
        self.told.extend(key for key, _, _ in events)


@asynccontextmanager
async def idle(name: str, settings: Settings) -> AsyncIterator[Runtime]:
    """The runtime of a service on a database of the test's own, which goes with it."""
    runtime = Runtime(name, settings)
    runtime.relay = Relay(Bus(), runtime.database, runtime.clock)
    await runtime.database.synchronise()
    yield runtime
    await runtime.database.drop()
    await runtime.database.close()


async def make_indexes(runtime: Runtime) -> None:
    """Make what the stores that were opened so far want."""
    await runtime.database.ensure_indexes(runtime._indexes)
