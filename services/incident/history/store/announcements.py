"""What is still to be told of imported incidents: one document a piece, written before its incidents are.

The events of a piece wait in its document and not in each incident's: a hundred are cleared as one, where each would
cost the embedded database more than storing it did. A piece is due when all of it is written; one whose process died
in the midst of it is due a while later, and then what is there of it is told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo import IndexModel

from shared.due_work import DueWork
from shared.events import Event
from shared.ids import fresh
from shared.outbox.aggregates import Change
from shared.runtime import Runtime
from shared.timers import DUE_INDEX

COLLECTION = "history_announcements"
PATIENCE = timedelta(minutes=3)
"""A piece takes seconds; one that is not told after so long was broken off."""
KEPT = timedelta(days=1)
MOST_BYTES = 4_000_000
"""Of events in one document, unless one is larger by itself."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """The incidents of a piece, of which nobody has been told yet."""

    id: str
    version: int
    ids: Sequence[str]


class Announcements:
    """The questions that are asked of them."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION)
        self._clock = runtime.clock
        expiry = IndexModel([("expire_at", 1)], name="expire_at", expireAfterSeconds=0)
        runtime.indexes({COLLECTION: [DUE_INDEX, expiry]})

    def due_work(self, sweep: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `sweep` when a piece is due."""
        return DueWork.of(self._aggregates, "imports", sweep, clock=self._clock, look_seconds=look_seconds)

    async def open(self, ids: Sequence[str], now: datetime) -> Announcement:
        """Note that these incidents are about to be written."""
        one = Announcement(fresh("his_"), 1, tuple(ids))
        fields = {"ids": list(ids), "due_at": now + PATIENCE}
        await self._aggregates.commit([Change(one.id, 0, fields)])
        return one

    async def release(self, one: Announcement, ids: Sequence[str], now: datetime) -> None:
        """Have these told: they are written. Where the piece was thought broken off, and told too early, once more."""
        fields = {"ids": list(ids), "due_at": now}
        if await self._aggregates.commit([Change(one.id, one.version, fields)]):
            await self._aggregates.commit([Change(fresh("his_"), 0, fields)])

    async def tell(self, one: Announcement, events: Sequence[Event], now: datetime) -> bool:
        """Have these events told, and be done with it; False when somebody else has seen to it."""
        done = {"ids": None, "due_at": None, "expire_at": now + KEPT}
        first, *others = _parts(events)
        for part in others:
            await self._aggregates.commit([Change(fresh("his_"), 0, {"expire_at": now + KEPT}, part)])
        return not await self._aggregates.commit([Change(one.id, one.version, done, first)])

    async def due(self, now: datetime, limit: int) -> list[Announcement]:
        """Up to `limit` that are due, the longest due first."""
        cursor = self._aggregates.collection.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit)
        return [Announcement(found["_id"], found["version"], found["ids"]) async for found in cursor]


def _parts(events: Sequence[Event]) -> list[list[Event]]:
    """The events, so many together as one document holds."""
    parts: list[list[Event]] = [[]]
    size = 0
    for event in events:
        weight = len(event.encode())
        if parts[-1] and size + weight > MOST_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(event)
        size += weight
    return parts
