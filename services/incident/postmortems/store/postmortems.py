"""Post-mortems as they are stored, with their revisions; a revision waits in the outbox until it is handed on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pymongo import DESCENDING, IndexModel

from services.incident.incidents.store.faceted import FACETS_INDEX, facets, narrowest, newest_first
from services.incident.postmortems.postmortem import Postmortem, Revised, Revision, State, Step, revision_id
from services.incident.timeline.entry import EntryKind, Line, entry_caused_by
from services.incident.timeline.store import COLLECTION as TIMELINE
from services.incident.timeline.store import entry_document
from shared.events import Event, make
from shared.ids import derive_id
from shared.mongo import Document, find_by_ids
from shared.outbox.aggregates import Change, Record, to_side_document
from shared.runtime import Runtime
from shared.telemetry import trace

COLLECTION = "postmortems"
REVISIONS = "postmortem_revisions"
_NARROW = ("incident_id", "service_id", "team", "state")
_ON_TIMELINE = {
    Step.BEGUN: "the post-mortem was begun",
    Step.PUBLISHED: "the post-mortem was published",
    Step.UNPUBLISHED: "the post-mortem was withdrawn",
}


@dataclass(frozen=True, slots=True)
class StoredPostmortem:
    """A post-mortem, and its revisions that are not in their own collection yet."""

    postmortem: Postmortem
    waiting: Sequence[Revision] = ()


class Postmortems:
    """The questions that are asked of the post-mortems."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION)
        self._side = runtime.relay.side
        self._postmortems = runtime.database.collection(COLLECTION)
        self._revisions = runtime.database.collection(REVISIONS)
        of_postmortem = IndexModel([("postmortem_id", 1), ("number", DESCENDING)], name="of_postmortem")
        runtime.indexes({COLLECTION: [FACETS_INDEX], REVISIONS: [of_postmortem]})

    async def get(self, id: str) -> StoredPostmortem | None:
        """The post-mortem with this id."""
        document = await self._postmortems.find_one({"_id": id})
        if document is None:
            return None
        records = document.get("outbox", {}).get("records", [])
        waiting = [_revision(one["doc"]) for one in records if one["collection"] == REVISIONS]
        return StoredPostmortem(_postmortem(document), waiting)

    async def page(
        self,
        asked: Mapping[str, str | None],
        teams: Sequence[str],
        beyond: str | None,
        limit: int,
        *,
        drill: bool,
    ) -> list[tuple[Postmortem, str]]:
        """Up to `limit` post-mortems, newest first, each with its position; `teams`: whose may be shown, none: all."""
        within: Document = {name: value for name, value in asked.items() if value is not None} | {"drill": drill}
        if teams and asked.get("team") is None:
            within["team"] = {"$in": list(teams)}
        found = await newest_first(self._postmortems, narrowest(asked, _NARROW), within, beyond, limit)
        return [(_postmortem(document), document["listed"]) for document in found]

    async def commit(self, revised: Revised) -> set[str]:
        """Write a step with its revision, and tell of it where others need to hear; the ids that lost their race."""
        return await self._aggregates.commit([_change(revised)])

    async def bring_in(self, revised: Iterable[Revised]) -> set[str]:
        """As `commit`, of many that are imported; their revisions are written first. The ids of those there already."""
        changes = [_change(one) for one in revised]
        await self._side.write(to_side_document(record) for change in changes for record in change.records)
        return await self._aggregates.commit([replace(change, records=()) for change in changes])

    async def by_ids(self, ids: Iterable[str]) -> dict[str, Postmortem]:
        """The post-mortems with these ids, by id."""
        found = await find_by_ids(self._postmortems, sorted(set(ids)))
        return {key: _postmortem(document) for key, document in found.items()}

    async def revisions(self, kept: StoredPostmortem, below: int | None, limit: int) -> list[Revision]:
        """Up to `limit` revisions under the number `below`, newest first."""
        top = below if below is not None else kept.postmortem.version + 1
        query = {"postmortem_id": kept.postmortem.id, "number": {"$lt": top}}
        cursor = self._revisions.find(query).sort("number", DESCENDING).limit(limit)
        found = {one.number: one for one in kept.waiting if one.number < top}
        found |= {document["number"]: _revision(document) async for document in cursor}
        return [found[number] for number in sorted(found, reverse=True)[:limit]]

    async def revision(self, kept: StoredPostmortem, number: int) -> Revision | None:
        """The revision of this number."""
        for one in kept.waiting:
            if one.number == number:
                return one
        document = await self._revisions.find_one({"_id": revision_id(kept.postmortem.id, number)})
        return _revision(document) if document is not None else None

    async def snapshots(self) -> AsyncIterator[Event]:
        """Every published post-mortem as the event that last told of it."""
        query = {"facets": f"state:{State.PUBLISHED.value}"}
        async for document in self._postmortems.find(query, projection={"outbox": False}):
            one = _postmortem(document)
            yield _event(one, one.version)


def _change(revised: Revised) -> Change:
    after, revision = revised.after, revised.revision()
    records = [Record(REVISIONS, revision.id, revision.model_dump())]
    said = _ON_TIMELINE.get(revised.step)
    if said is not None:
        line = Line(EntryKind.POSTMORTEM, said, after.updated_by)
        entry = entry_caused_by(after.incident_id, after.updated_at, line, revision.id)
        records.append(Record(TIMELINE, entry.id, entry_document(entry)))
    events = [_event(after, revision.number)] if revised.is_told else []
    return Change(after.id, revision.number - 1, _fields(after), events, records)


def _event(postmortem: Postmortem, sequence: int) -> Event:
    context = trace.current()
    return make(
        "postmortem.changed.v1",
        subject=postmortem.id,
        sequence=sequence,
        time=postmortem.updated_at,
        data=postmortem.fact(),
        correlation=context.correlation if context else None,
        traceparent=context.traceparent if context else None,
        id=derive_id("postmortem", postmortem.id, sequence, prefix="pm_"),
    )


def _fields(postmortem: Postmortem) -> Document:
    fields: Document = postmortem.model_dump(exclude={"id", "version"})
    fields["listed"] = f"{postmortem.created_at.isoformat(timespec='milliseconds')} {postmortem.id}"
    fields["facets"] = facets(fields, _NARROW)
    return fields


def _postmortem(document: Document) -> Postmortem:
    return Postmortem.model_validate({**document, "id": document["_id"]})


def _revision(document: Document) -> Revision:
    return Revision.model_validate(document)
