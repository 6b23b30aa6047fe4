"""Incidents as they are stored, with what still waits in their outbox.

Timeline entries and members that a commit wrote wait in the incident's document until they are handed on. So whoever
needs them reads the incident first: what does not wait there any more is in its own collection by then. The short
timeline of an imported incident stays in its document for good.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pymongo import IndexModel

from services.incident.catalogue.store.change_mark import OPEN_INCIDENTS, ChangeMarks
from services.incident.incidents.absorbed import MAX_ABSORBED
from services.incident.incidents.alert_member import Member
from services.incident.incidents.clock_turns import turn_clocks
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident, facets_of, search_fields
from services.incident.incidents.listing import Listing, Window
from services.incident.incidents.open_on_map import OpenOne, open_one_of
from services.incident.incidents.store.alert_members import COLLECTION as MEMBERS
from services.incident.incidents.store.alert_members import member_document, read_member
from services.incident.incidents.store.facets import COLLECTION as FACETS
from services.incident.numbering.incident_ids import rank_of
from services.incident.service_map.blast_radius import BlastRadius
from services.incident.service_map.store import COLLECTION as RADII
from services.incident.service_map.store import radius_document, read_radius
from services.incident.timeline.entry import Entry
from services.incident.timeline.store import COLLECTION as TIMELINE
from services.incident.timeline.store import entry_document, read_entry
from shared.due_work import DueWork
from shared.events import Event, make
from shared.failures import Never
from shared.ids import derive_id
from shared.mongo import IN_LIMIT, Document, find_by_ids, one_or_in
from shared.outbox.aggregates import Change, Record, to_side_document
from shared.outbox.remembered import Remembered
from shared.runtime import Runtime
from shared.telemetry import trace
from shared.timers import DUE_INDEX
from shared.vocabulary import IncidentStatus, Severity

COLLECTION = "incidents"
_WAITING = 500
_MOST_RECENT = 500
_MOST_OPEN = 10_000
_PIECE = 500
"""So many are read at a time, so that nobody else's request waits for thousands."""
_STATE = {"outbox": False, "entries": False}
_ON_MAP: Document = {"open_rank": True, "service_id": True, "severity": True, "drill_id": True, "imported": True}
_CLOSED: Document = {"status": IncidentStatus.CLOSED.value}
"""Few are, most stay resolved: an index of these alone costs nothing when another status changes."""
_AHEAD = timedelta(days=1)
"""A clock that is ahead must not hide what it wrote."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An incident, and what of it is not in its own collection yet."""

    incident: Incident
    waiting_entries: Sequence[Entry] = ()
    """Of an imported one also those that stay in its document."""
    waiting_members: Sequence[Member] = field(default=())


class Incidents:
    """The questions that are asked of the incidents."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION, transactional=True, urgent=True)
        self._clock = runtime.clock
        self._side = runtime.relay.side
        self.collection = runtime.database.collection(COLLECTION)
        runtime.relay.be_patient(self.collection)
        self._recent: Remembered[Incident] = Remembered(_MOST_RECENT)
        self._radii = runtime.database.collection(RADII)
        self.marks = ChangeMarks(runtime, OPEN_INCIDENTS)
        """Moves with what the map shows of them, see `OpenKeeper`."""
        runtime.indexes(
            {
                COLLECTION: [
                    IndexModel([("open_rank", 1)], name="open_rank", sparse=True),
                    IndexModel([("group_id", 1), ("group_slot", 1)], name="group", unique=True, sparse=True),
                    IndexModel([("recreated_at", 1)], name="recreated_at", sparse=True),
                    IndexModel([("status", 1)], name="closed", partialFilterExpression=_CLOSED),
                    IndexModel([("team", 1)], name="team", sparse=True),
                    DUE_INDEX,
                ]
            }
        )

    def due_work(self, sweep: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `sweep` when the time of an incident has come."""
        return DueWork.of(self._aggregates, "incidents", sweep, clock=self._clock, look_seconds=look_seconds)

    async def get(self, id: str) -> Stored | None:
        """The incident with this id, with its blast radius."""
        document = await self.collection.find_one({"_id": id})
        if document is None:
            return None
        stored = read_incident(document)
        if stored.incident.radius_size is None:
            return stored
        waiting = (one["doc"] for one in _waiting(document) if one["collection"] == RADII)
        kept = next(waiting, None) or await self._radii.find_one({"_id": id})
        radius = read_radius(kept) if kept is not None else None
        return replace(stored, incident=stored.incident.changed(blast_radius=radius))

    async def radii(self, ids: Sequence[str]) -> dict[str, BlastRadius]:
        """The blast radii of these few incidents, which have one, by incident."""
        found = {key: read_radius(document) for key, document in (await find_by_ids(self._radii, ids)).items()}
        for id in ids:  # noqa: A001 - as everywhere
            # one that still waits in its incident's document
            if id not in found and (stored := await self.get(id)) is not None and stored.incident.blast_radius:
                found[id] = stored.incident.blast_radius
        return found

    async def survivor(self, incident: Incident) -> Incident:
        """Where a merged incident went in the end; any other one itself."""
        for _ in range(MAX_ABSORBED + 1):
            stored = await self.get(incident.merged_into) if incident.merged_into is not None else None
            if stored is None:
                break
            incident = stored.incident
        return incident

    async def by_ids(self, ids: Iterable[str]) -> dict[str, Stored]:
        """The incidents with these ids, by id."""
        found = await find_by_ids(self.collection, sorted(set(ids)))
        return {key: read_incident(document) for key, document in found.items()}

    async def states(self, ids: Iterable[str]) -> list[Incident]:
        """The incidents with these ids as lists show them, in no order: their short timelines are not looked at."""
        found = await find_by_ids(self.collection, sorted(set(ids)))
        return [_read_state(document) for document in found.values()]

    async def find_few(self, listing: Listing, most: int) -> list[str] | None:
        """The ids, in no order, of all incidents that are closed, or else of the list's teams; None where there are
        more than `most`, or the list asks for neither.
        """
        for asked, query in (
            (listing.only_closed, _CLOSED),
            (bool(listing.teams), {"team": one_or_in(listing.teams)}),
        ):
            if asked:
                cursor = self.collection.find(query, projection=["_id"]).limit(most + 1)
                found = [document["_id"] async for document in cursor]
                if len(found) <= most:
                    return found
        return None

    async def existing(self, ids: Iterable[str]) -> dict[str, Stored]:
        """The incidents with these ids, by id. Raises `Never` where there is none: the event can't be taken in."""
        wanted = set(ids)
        found = await self.by_ids(wanted)
        if unknown := wanted - found.keys():
            raise Never(f"there is no incident {', '.join(sorted(unknown))}"[:200])
        return found

    async def with_survivors(self, ids: Iterable[str]) -> dict[str, Stored]:
        """The incidents with these ids, and those that they were merged into, however often that went on, by id."""
        found = await self.by_ids(ids)
        for _ in range(MAX_ABSORBED + 1):
            into = {one.incident.merged_into for one in found.values() if one.incident.merged_into is not None}
            if not into - found.keys():
                break
            found |= await self.by_ids(into - found.keys())
        return found

    async def of_groups(self, groups: Iterable[str]) -> dict[str, Stored]:
        """Every incident, open or not, of these groups, by id."""
        ordered = sorted(set(groups))
        found: dict[str, Stored] = {}
        for start in range(0, len(ordered), IN_LIMIT):
            query = {"group_id": {"$in": ordered[start : start + IN_LIMIT]}}
            async for document in self.collection.find(query):
                found[document["_id"]] = read_incident(document)
        return found

    async def open_in(self, window: Window) -> list[Incident]:
        """The open incidents whose rank is in the window, in no order."""
        query = {"open_rank": {"$gte": window.low, "$lt": window.high}}
        found = await self.collection.find(query, projection=_STATE).to_list()
        return [read_incident(document).incident for document in found]

    async def find_oldest_open(self, limit: int) -> list[Incident]:
        """Up to `limit` open incidents, the oldest first."""
        query = {"open_rank": {"$gt": 0}}
        found: list[Incident] = []
        cursor = self.collection.find(query, projection={"outbox": False}, batch_size=_PIECE)
        async with cursor.sort("open_rank", 1).limit(limit) as documents:
            while some := await documents.to_list(_PIECE):
                found += [read_incident(document).incident for document in some]
        return found

    async def open_on_map(self) -> dict[str, OpenOne]:
        """What the map shows of the open incidents, by id. Of very many of them the newest count."""
        shown: dict[str, OpenOne] = {}
        find = self.collection.find({"open_rank": {"$gt": 0}}, _ON_MAP, batch_size=_PIECE)
        async with find.sort("open_rank", -1).limit(_MOST_OPEN) as cursor:
            while found := await cursor.to_list(_PIECE):
                shown |= {one.id: one for document in found if (one := _on_map(document)) is not None}
        return shown

    async def still_on_map(self, ids: Iterable[str]) -> list[OpenOne]:
        """What the map shows of these incidents, as far as they are open."""
        found = await find_by_ids(self.collection, sorted(ids), projection=list(_ON_MAP))
        return [one for document in found.values() if (one := _on_map(document)) is not None]

    async def find_recreated(self, begin: datetime, end: datetime, limit: int) -> list[str]:
        """The ids of up to `limit` incidents that began on another day than their id's, in [begin, end)."""
        query = {"recreated_at": {"$gte": begin, "$lt": end}}
        found = await self.collection.find(query, projection=["_id"]).limit(limit).to_list()
        return [document["_id"] for document in found]

    async def find_waiting(self, now: datetime) -> list[Incident]:
        """The incidents that changed so lately that their side documents may not be written yet, the oldest first."""
        query = {"outbox_at": {"$lte": now + _AHEAD}}
        cursor = self.collection.find(query, projection=_STATE).sort("outbox_at", 1).limit(_WAITING)
        return [read_incident(document).incident async for document in cursor]

    async def commit(self, edits: Iterable[Edit], *, together: bool = False) -> set[str]:
        """Write the edits; the ids of those whose incident has moved on meanwhile, to be decided again.

        `together`: all of them or none. Clocks that turned by it are told with it.
        """
        turned = [turn_clocks(edit) for edit in edits if not edit.is_empty]
        ids = {edit.after.id for edit in turned}
        lost = ids
        try:
            lost = await self._aggregates.commit([_change(edit) for edit in turned], together=together)
        finally:
            # also of what failed: nobody knows what was written then
            self.marks.owe(edit.after.id for edit in turned if _moves_map(edit))
            self._recent.forget(lost)
            self._recent.keep({edit.after.id: _after_write(edit) for edit in turned if edit.after.id not in lost})
        return lost

    async def bring_in(self, edits: Sequence[Edit], entries: Mapping[str, Sequence[Entry]]) -> set[str]:
        """Write imported incidents, and tell nobody: the caller does. The ids of those that are there already.

        `entries` are the timelines, by incident, that stay in its document: short ones. Other side documents are
        written first: what is there is whole, and a hundred of them are a few bulks. They are not remembered: nobody
        works on them now.
        """
        changes = [_change(edit) for edit in edits]
        await self._side.write(to_side_document(record) for change in changes for record in change.records)
        return await self._aggregates.commit([_without_sides(change, entries.get(change.id, ())) for change in changes])

    def recall(self, ids: Iterable[str]) -> dict[str, Incident]:
        """Those of these that this process wrote lately, as it wrote them: for decisions that write (`Remembered`)."""
        return self._recent.recall(ids)

    async def due(self, now: datetime, limit: int) -> list[Incident]:
        """Up to `limit` incidents whose time has come, the longest due first."""
        cursor = self.collection.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit)
        return [read_incident(document).incident async for document in cursor]

    async def snapshots(self) -> AsyncIterator[Event]:
        """Every incident as it stands."""
        async for document in self.collection.find({}, projection=_STATE):
            yield snapshot(read_incident(document).incident)


def snapshot(incident: Incident) -> Event:
    """What is told of an incident as it stands to who has not heard of it."""
    return make(
        "incident.changed.v1",
        subject=incident.id,
        sequence=incident.version,
        time=incident.created_at,
        data=incident.fact(),
        id=derive_id(incident.id, incident.version, prefix="snap_"),
    )


def read_incident(document: Document) -> Stored:
    """A stored document as an incident and what waits in its outbox."""
    waiting = _waiting(document)
    return Stored(
        _read_state(document),
        [
            *(read_entry({**one, "_id": one["id"]}) for one in document.get("entries", ())),
            *(read_entry({**one["doc"], "_id": one["id"]}) for one in waiting if one["collection"] == TIMELINE),
        ],
        [read_member({**one["doc"], "_id": one["id"]}) for one in waiting if one["collection"] == MEMBERS],
    )


def _read_state(document: Document) -> Incident:
    return Incident.model_validate({**document, "id": document["_id"]})


def _after_write(edit: Edit) -> Incident:
    """The incident under its version, without its blast radius, which is not read with it either."""
    return edit.after.changed(version=edit.base + 1, blast_radius=None)


def _on_map(document: Document) -> OpenOne | None:
    """What `open_one_of` says of the stored incident."""
    if "open_rank" not in document or "service_id" not in document or "drill_id" in document:
        return None
    if document.get("imported"):
        return None
    return OpenOne(document["_id"], document["service_id"], Severity(document["severity"]))


def _moves_map(edit: Edit) -> bool:
    return open_one_of(edit.after) != (open_one_of(edit.before) if edit.before is not None else None)


def _waiting(document: Document) -> list[Document]:
    records: list[Document] = document.get("outbox", {}).get("records", [])
    return records


def _change(edit: Edit) -> Change:
    after = _document(edit.after)
    before = _document(edit.before) if edit.before is not None else {}
    fields: Document = {key: value for key, value in after.items() if before.get(key) != value}
    fields |= {key: None for key in before if key not in after}
    records = [Record(TIMELINE, entry.id, entry_document(entry)) for entry in edit.entries()]
    records += [
        Record(MEMBERS, member.alert_id, member_document(member), sequence=member.seq) for member in edit.members
    ]
    if edit.before is None and edit.after.blast_radius is not None:
        records.append(Record(RADII, edit.after.id, radius_document(edit.after.blast_radius)))
    facets = facets_of(edit.after)
    if edit.before is None or facets != facets_of(edit.before):
        row = {"rank": rank_of(edit.after.id), "facets": facets}
        records.append(Record(FACETS, edit.after.id, row, sequence=edit.base + 1))
    return Change(edit.after.id, edit.base, fields, _events(edit), records)


def _without_sides(change: Change, entries: Sequence[Entry]) -> Change:
    kept: Document = {"entries": [entry_document(one) | {"id": one.id} for one in entries]} if entries else {}
    return replace(change, fields=change.fields | kept, records=(), events=())


def _events(edit: Edit) -> list[Event]:
    context = trace.current() if edit.cause is None else None
    return edit.events(context.correlation if context else None, context.traceparent if context else None)


def _document(incident: Incident) -> Document:
    # the driver writes a StrEnum as its text, so nothing needs to be made plain first
    return incident.model_dump(exclude={"id", "version"}, exclude_none=True) | search_fields(incident)
