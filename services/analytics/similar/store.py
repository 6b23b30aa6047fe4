"""The hints that were told, and those that are due: `hints`, by incident. Incidents like none have no document."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime

from services.analytics.similar.hint import Hint, found_event
from shared.due_work import DueWork
from shared.events import Event
from shared.mongo import Document, find_by_ids, to_document
from shared.outbox.aggregates import Change
from shared.runtime import Runtime
from shared.timers import DUE_INDEX

HINTS = "hints"


class Hints:
    """The questions that are asked about hints."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(HINTS)
        self._clock = runtime.clock
        runtime.indexes({HINTS: [DUE_INDEX]})

    def due_work(self, look: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `look` when there are incidents that no index could be asked for."""
        return DueWork.of(self._aggregates, "hints", look, clock=self._clock, look_seconds=look_seconds)

    async def known(self, incident_ids: Sequence[str]) -> set[str]:
        """Which of these incidents have a hint, or are to be looked at."""
        return set(await find_by_ids(self._aggregates.collection, incident_ids, projection=["_id"]))

    async def due(self, now: datetime, limit: int) -> list[Hint]:
        """Incidents that are to be looked at, the longest waiting first."""
        query = {"due_at": {"$lte": now}}
        found = await self._aggregates.collection.find(query).sort("due_at", 1).limit(limit).to_list()
        return [_read(document) for document in found]

    async def commit(self, written: Sequence[tuple[Hint, Event | None]]) -> set[str]:
        """Write hints, at the version that they were read; returns the incidents of which somebody else was faster."""
        return await self._aggregates.commit(
            Change(hint.incident_id, hint.version, _fields(hint), events=[event] if event is not None else [])
            for hint, event in written
        )

    async def snapshots(self) -> AsyncIterator[Event]:
        """Every hint as the event that told it."""
        async for document in self._aggregates.collection.find({"found": {"$exists": True}}):
            hint = _read(document)
            if hint.found is not None:
                yield found_event(hint.found, hint.version)


def _fields(hint: Hint) -> Document:
    return {
        "due_at": hint.due_at,
        "found": to_document(hint.found) if hint.found is not None else None,
    }


def _read(document: Document) -> Hint:
    return Hint.model_validate({**document, "incident_id": document["_id"]})
