"""Timeline entries as they are stored, one document an entry, found by incident and time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pymongo import IndexModel

from services.incident.timeline.entry import SYSTEM, Entry, EntryKind
from shared.mongo import Document, find_by_ids, one_or_in, upsert_newer
from shared.runtime import Runtime

COLLECTION = "incident_timeline"


class Timeline:
    """The questions that are asked of the timelines."""

    def __init__(self, runtime: Runtime) -> None:
        self._entries = runtime.database.collection(COLLECTION)
        runtime.indexes({COLLECTION: [IndexModel([("incident_id", 1), ("at", 1), ("_id", 1)], name="of_incident")]})

    async def page(
        self,
        incident_id: str,
        after: tuple[datetime, str] | None,
        limit: int,
        waiting: Sequence[Entry],
        *,
        absorbed: Sequence[str] = (),
    ) -> list[Entry]:
        """Up to `limit` entries behind the position `after` (time, id), the oldest first.

        `waiting` are those that the incident, read before, has in hand; `absorbed` are the incidents that went into
        it (at most fifty), whose entries stand among its own.
        """
        whose: Any = {"$in": [incident_id, *absorbed]} if absorbed else incident_id
        questions: list[Document] = [{"incident_id": whose}]
        if after is not None:
            at, entry_id = after
            questions = [
                {"incident_id": whose, "at": at, "_id": {"$gt": entry_id}},
                {"incident_id": whose, "at": {"$gt": at}},
            ]
            waiting = [entry for entry in waiting if (entry.at, entry.id) > after]
        found = {entry.id: entry for entry in waiting}
        for question in questions:
            cursor = self._entries.find(question).sort([("at", 1), ("_id", 1)]).limit(limit)
            found |= {document["_id"]: read_entry(document) async for document in cursor}
        return sorted(found.values(), key=lambda entry: (entry.at, entry.id))[:limit]

    async def of_incidents(self, ids: Sequence[str], limit: int) -> dict[str, list[Entry]] | None:
        """All entries of each of these few incidents that has any, the oldest first; None: there are more than `limit`
        in all.
        """
        cursor = self._entries.find({"incident_id": {"$in": list(ids)}}).limit(limit + 1)
        entries = [read_entry(document) async for document in cursor]
        if len(entries) > limit:
            return None
        found: dict[str, list[Entry]] = {}
        for entry in sorted(entries, key=lambda one: (one.at, one.id)):
            found.setdefault(entry.incident_id, []).append(entry)
        return found

    async def last_written(self, incident_ids: Sequence[str], since: datetime) -> dict[str, datetime]:
        """When a person last wrote on each of these after `since`, as far as somebody did: one question for all."""
        query: Document = {"incident_id": one_or_in(incident_ids), "at": {"$gt": since}, "author": {"$ne": SYSTEM}}
        written: dict[str, datetime] = {}
        async for one in self._entries.find(query, projection={"_id": False, "incident_id": True, "at": True}):
            written[one["incident_id"]] = max(one["at"], written.get(one["incident_id"], one["at"]))
        return written

    async def count(self, incident_id: str, kind: EntryKind, waiting: Sequence[Entry]) -> int:
        """How many entries of this kind there are, up to 10 000, and those `waiting` that are nowhere else."""
        query = {"incident_id": incident_id, "kind": kind.value}
        held = [entry.id for entry in waiting if entry.kind == kind.value]
        there = await find_by_ids(self._entries, held, projection=["_id"]) if held else {}
        return await self._entries.count_documents(query, limit=10_000) + len(set(held) - there.keys())

    async def write(self, entries: Iterable[tuple[Entry, int]]) -> None:
        """Write entries that stand for themselves, each with the sequence of the event that told of it.

        What a newer event told under the same id stays; a person's entry has a fresh id and the sequence 0.
        """
        newest: dict[str, tuple[Entry, int]] = {}
        for entry, sequence in entries:
            if entry.id not in newest or sequence > newest[entry.id][1]:
                newest[entry.id] = entry, sequence
        await upsert_newer(
            self._entries,
            [
                ({"_id": entry.id, "seq": {"$lt": sequence}}, {"$set": {**entry_document(entry), "seq": sequence}})
                for entry, sequence in newest.values()
            ],
        )


def entry_document(entry: Entry) -> Document:
    """An entry as it is stored under its id."""
    return entry.model_dump(exclude={"id"})


def read_entry(document: Document) -> Entry:
    """A stored document as an entry."""
    return Entry.model_validate({**document, "id": document["_id"]})
