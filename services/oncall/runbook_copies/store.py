"""The copy as it is stored, `runbooks`: a document a runbook, the newest fact wins. What counts of it is in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from shared.copies.replica import WRITTEN_AT, Replica
from shared.events import Event
from shared.events.automation import RunbookFact
from shared.mongo import Document
from shared.runtime import Runtime

COLLECTION = "runbooks"
FACT = "runbook.changed.v1"
OVERLAP = timedelta(seconds=30)
"""What was written so long before the newest that is known is read again: a write may have been under way, and the
clocks of processes differ by less than a second."""


class RunbookCopies:
    """The questions that are asked of it."""

    def __init__(self, runtime: Runtime) -> None:
        self._collection = runtime.database.collection(COLLECTION)
        self._replica = Replica(self._collection, runtime.clock)
        self._known: dict[str, RunbookFact] = {}
        self._newest: datetime | None = None
        runtime.indexes({COLLECTION: [WRITTEN_AT]})

    @property
    def hold_pages(self) -> bool:
        """True when pages wait for any of those that this process knows."""
        return any(one.hold_pages_seconds for one in self._known.values())

    async def learn(self, events: Iterable[Event]) -> None:
        """Take facts of runbooks in; older ones than are known change nothing."""
        await self._replica.fold(events)

    async def read(self) -> Sequence[RunbookFact]:
        """Those that start by themselves now, by id: each look reads what was written since the one before."""
        since = self._newest - OVERLAP if self._newest is not None else None
        query: Document = {"at": {"$gte": since}} if since is not None else {}
        async for document in self._collection.find(query):
            at: datetime = document["at"]
            self._newest = at if self._newest is None else max(at, self._newest)
            fact = RunbookFact.model_validate(document["data"])
            if fact.triggers and not fact.deleted:
                self._known[fact.id] = fact
            else:
                self._known.pop(fact.id, None)
        return [self._known[key] for key in sorted(self._known)]
