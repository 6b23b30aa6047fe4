"""What is still to be told of imported incidents: one document a piece, written before its incidents are.

It is due a while later: then what is there of the piece is told, if that was not done before. So each incident that is
stored is told, also when its process died in between; and a hundred cost one document, where an outbox in each of them
would cost the embedded database more than storing it does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pymongo import IndexModel

from shared.due_work import DueWork
from shared.ids import fresh
from shared.outbox.aggregates import Change
from shared.runtime import Runtime
from shared.timers import DUE_INDEX

COLLECTION = "history_announcements"
PATIENCE = timedelta(minutes=1)
"""A piece takes seconds, and is mostly told at once; what is not told after so long is told by whoever finds it."""
KEPT = timedelta(days=1)


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

    async def claim(self, one: Announcement, now: datetime) -> Announcement | None:
        """Take on a piece that is due: it is due again a while later. None when somebody else has."""
        lost = await self._aggregates.commit([Change(one.id, one.version, {"due_at": now + PATIENCE})])
        return replace(one, version=one.version + 1) if not lost else None

    async def finish(self, one: Announcement, now: datetime) -> None:
        """Note that all of it was told; where somebody else does so at the same time, it is told once more."""
        done = {"ids": None, "due_at": None, "expire_at": now + KEPT}
        await self._aggregates.commit([Change(one.id, one.version, done)])

    async def due(self, now: datetime, limit: int) -> list[Announcement]:
        """Up to `limit` that are due, the longest due first."""
        cursor = self._aggregates.collection.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit)
        return [Announcement(found["_id"], found["version"], found["ids"]) async for found in cursor]
