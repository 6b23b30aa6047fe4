"""What is still to be told straight to a queue, a collection for each: written with the change, gone once told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from shared.due_work import DueWork, earliest
from shared.events import Fact
from shared.mongo import IN_LIMIT, Document, to_document
from shared.outbox.aggregates import Record
from shared.runtime import Runtime
from shared.timers import DUE_INDEX

Told = TypeVar("Told", bound=Fact)


class DirectMessages(Generic[Told]):
    """The questions that are asked of those for one queue."""

    def __init__(self, runtime: Runtime, collection: str, kind: type[Told]) -> None:
        self._messages = runtime.database.collection(collection)
        self._collection = collection
        self._kind = kind
        self._clock = runtime.clock
        self._relay = runtime.relay
        runtime.indexes({collection: [DUE_INDEX]})

    def due_work(self, tell: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `tell` when there is one."""
        work = DueWork(
            self._collection.replace("_", " "),
            tell,
            first_due=earliest(self._messages),
            clock=self._clock,
            look_seconds=look_seconds,
        )

        def expect(document: Document) -> None:
            work.expect(document["due_at"])

        self._relay.on_written(self._collection, expect)
        return work

    async def due(self, now: datetime, limit: int) -> dict[str, Told]:
        """Those that are to be told by their ids, the oldest first."""
        found = await self._messages.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit).to_list()
        # an earlier version wrote its lines with their members side by side
        return {one["_id"]: self._kind.model_validate(one.get("told") or {**one, "id": one["_id"]}) for one in found}

    async def forget(self, ids: Sequence[str]) -> None:
        """These were told."""
        for start in range(0, len(ids), IN_LIMIT):
            await self._messages.delete_many({"_id": {"$in": list(ids[start : start + IN_LIMIT])}})


def message_record(collection: str, key: str, told: Fact, now: datetime) -> Record:
    """What is left to be told, as a document that is written with the change that it tells of."""
    return Record(collection, key, {"told": to_document(told), "due_at": now})
