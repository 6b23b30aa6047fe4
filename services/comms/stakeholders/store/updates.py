"""The updates that stakeholders got, `stakeholder_updates`: one document each, due while something is to be done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from pymongo import IndexModel

from services.comms.stakeholders.update import StakeholderUpdate, timeline_event
from shared.due_work import DueWork
from shared.mongo import Document, to_document
from shared.outbox.aggregates import Change
from shared.runtime import Runtime
from shared.timers import DUE_INDEX

STAKEHOLDER_UPDATES = "stakeholder_updates"


class StakeholderUpdates:
    """The questions that are asked about updates."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(STAKEHOLDER_UPDATES)
        self._updates = self._aggregates.collection
        self._clock = runtime.clock
        runtime.indexes({STAKEHOLDER_UPDATES: [DUE_INDEX, IndexModel([("incident_id", 1)], name="incident")]})

    def due_work(self, follow: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `follow` when something is to be done for an update."""
        return DueWork.of(self._aggregates, "stakeholder updates", follow, clock=self._clock, look_seconds=look_seconds)

    async def add(self, update: StakeholderUpdate) -> None:
        """Store a new one, with its line for the timeline; one that is known is left as it is."""
        await self._aggregates.commit([Change(update.id, 0, _fields(update), events=[timeline_event(update)])])

    async def commit(self, before: StakeholderUpdate, after: StakeholderUpdate) -> bool:
        """Write the next version; False when somebody else was faster."""
        return not await self._aggregates.commit([Change(before.id, before.version, _fields(after))])

    async def due(self, now: datetime, limit: int) -> list[StakeholderUpdate]:
        """Those whose time has come, the longest due first."""
        found = await self._updates.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit).to_list()
        return [_read(document) for document in found]

    async def of_incident(
        self, incident_id: str, limit: int, after: tuple[datetime, str] | None = None
    ) -> list[StakeholderUpdate]:
        """An incident's updates behind `after`, the newest first."""
        query: Document = {"incident_id": incident_id}
        if after is not None:
            query["at"] = {"$lte": after[0]}
        found = await self._updates.find(query).sort([("at", -1), ("_id", -1)]).to_list()
        read = [_read(document) for document in found]
        return [one for one in read if after is None or (one.at, one.id) < after][:limit]

    async def count(self, incident_id: str) -> int:
        """How many there are about an incident."""
        return await self._updates.count_documents({"incident_id": incident_id})


def _read(document: Document) -> StakeholderUpdate:
    return StakeholderUpdate.model_validate({**document, "id": document["_id"]})


def _fields(update: StakeholderUpdate) -> Document:
    document = to_document(update)
    return {name: document.get(name) for name in set(StakeholderUpdate.model_fields) - {"id", "version"}}
