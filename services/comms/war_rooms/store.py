"""War rooms, `war_rooms` by incident, and the messages that were marked in them, `marked_messages` by `channel/ts`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from pymongo import IndexModel

from services.comms.war_rooms.war_room import Marked, WarRoom, opening_event
from shared.due_work import DueWork
from shared.events import Event
from shared.mongo import Document, find_by_ids, to_document
from shared.outbox.aggregates import Change
from shared.runtime import Runtime
from shared.timers import DUE_INDEX

WAR_ROOMS = "war_rooms"
MARKED = "marked_messages"


class WarRooms:
    """The questions that are asked about war rooms."""

    def __init__(self, runtime: Runtime) -> None:
        self._rooms = runtime.aggregates(WAR_ROOMS)
        self._marked = runtime.aggregates(MARKED)
        self._clock = runtime.clock
        channel = IndexModel([("channel_id", 1)], name="channel", sparse=True)
        runtime.indexes({WAR_ROOMS: [DUE_INDEX, channel], MARKED: [DUE_INDEX]})

    def due_work(self, keep: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `keep` when there is something to do for a room."""
        return DueWork.of(self._rooms, "war rooms", keep, clock=self._clock, look_seconds=look_seconds)

    def mark_work(self, note: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `note` when the words of a marked message are to be fetched."""
        return DueWork.of(self._marked, "marked messages", note, clock=self._clock, look_seconds=look_seconds)

    async def add(self, room: WarRoom) -> bool:
        """Store a new room, with its line for the timeline; False when there is one already."""
        return not await self._rooms.commit(
            [Change(room.incident_id, 0, _room_fields(room), events=[opening_event(room)])]
        )

    async def commit(self, before: WarRoom, after: WarRoom) -> WarRoom | None:
        """Write the next version and return it; None when somebody else was faster."""
        if await self._rooms.commit([Change(before.incident_id, before.version, _room_fields(after))]):
            return None
        return after.changed(version=before.version + 1)

    async def of_incidents(self, incident_ids: Sequence[str]) -> dict[str, WarRoom]:
        """The rooms of these incidents, as far as there are."""
        found = await find_by_ids(self._rooms.collection, incident_ids)
        return {key: WarRoom.model_validate(document) for key, document in found.items()}

    async def of_channel(self, channel_id: str) -> WarRoom | None:
        """The room whose channel this is."""
        found = await self._rooms.collection.find_one({"channel_id": channel_id})
        return WarRoom.model_validate(found) if found else None

    async def due(self, now: datetime, limit: int) -> list[WarRoom]:
        """Rooms for which something is to be done."""
        found = await self._rooms.collection.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit).to_list()
        return [WarRoom.model_validate(document) for document in found]

    async def mark(self, marked: Marked) -> None:
        """Remember a marked message; one that was marked before is left as it is."""
        await self._marked.commit([Change(marked.id, 0, _marked_fields(marked))])

    async def due_marks(self, now: datetime, limit: int) -> list[Marked]:
        """Marked messages whose words are to be fetched."""
        found = await self._marked.collection.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit).to_list()
        return [Marked.model_validate({**document, "id": document["_id"]}) for document in found]

    async def settle_mark(self, before: Marked, after: Marked, events: Sequence[Event] = ()) -> None:
        """Write what became of a marked message, and its line."""
        await self._marked.commit([Change(before.id, before.version, _marked_fields(after), events=events)])


def _room_fields(room: WarRoom) -> Document:
    document = to_document(room)
    return {name: document.get(name) for name in set(WarRoom.model_fields) - {"version"}}


def _marked_fields(marked: Marked) -> Document:
    document = to_document(marked)
    return {name: document.get(name) for name in set(Marked.model_fields) - {"version", "id"}}
