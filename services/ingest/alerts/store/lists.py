"""Alerts for people: lists over the heads and the archive, newest first, and one alert by its id.

Every question walks an index, in which `opened` stands behind `service` or `status`. A finished alert waits in its
head's outbox until it is in the archive, so a head is read before the archive.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from pymongo.asynchronous.cursor import AsyncCursor

from services.ingest.alerts.documents import identity_of, read_occurrence
from services.ingest.alerts.fold import Head, Occurrence
from services.ingest.alerts.store.heads import ARCHIVE, COLLECTION
from services.ingest.normalisation.dedup_key import head_of
from shared.mongo import Collection, Document
from shared.runtime import Runtime
from shared.vocabulary import AlertStatus

_LATEST = "\x7f"
"""Sorts after every stamp."""

Listed = tuple[Head, Occurrence]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list asks for; None does not restrict."""

    services: tuple[str, ...] | None = None
    """Folded."""
    source: str | None = None
    status: AlertStatus | None = None
    before: str | None = None
    """The stamp that the page before ended with."""


class Lists:
    """Finds alerts for people, present and past, newest first."""

    def __init__(self, runtime: Runtime) -> None:
        self.heads = runtime.database.collection(COLLECTION)
        self.archive = runtime.database.collection(ARCHIVE)

    async def page(self, listing: Listing, limit: int) -> list[Listed]:
        """Up to `limit` alerts, newest first."""
        found: dict[str, Document] = {}
        for walk in walks(listing):
            for document in await newest(self.heads, walk, limit).to_list():
                for waiting in _waiting(document):
                    if _agrees(waiting, listing):
                        found[waiting["alert_id"]] = waiting
                found[document["alert_id"]] = document
        for walk in archive_walks(listing):
            for document in await newest(self.archive, walk, limit).to_list():
                found[document["alert_id"]] = document
        page = heapq.nlargest(limit, found.values(), key=lambda document: document["opened"])
        return [(identity_of(document), read_occurrence(document)) for document in page]

    async def one(self, id: str) -> Listed | None:
        """The alert with this id, present or finished."""
        head = await self.heads.find_one({"_id": head_of(id)})
        candidates = [head, *_waiting(head)] if head else []
        found = next((one for one in candidates if one.get("alert_id") == id), None)
        found = found or await self.archive.find_one({"_id": id})
        return (identity_of(found), read_occurrence(found)) if found else None


@dataclass(frozen=True, slots=True)
class Walk:
    """A question to the database and the index (by name) that it walks; a planner may not find it by itself."""

    query: Document
    index: str


def newest(collection: Collection, walk: Walk, limit: int) -> AsyncCursor[Document]:
    """Up to `limit` documents of a walk, newest first."""
    return collection.find(walk.query).sort("opened", -1).limit(limit).hint(walk.index)


def walks(listing: Listing) -> list[Walk]:
    """The questions to the heads that together answer a list: one for each service asked for, else for each status."""
    query = _query(listing)
    if listing.services is not None:
        status = {} if listing.status is None else {"status": listing.status.value}
        return [Walk({"service": service, **query, **status}, "service") for service in listing.services]
    statuses = list(AlertStatus) if listing.status is None else [listing.status]
    return [Walk({"status": status.value, **query}, "status") for status in statuses]


def archive_walks(listing: Listing) -> list[Walk]:
    """The same for the archive, in which every alert is resolved."""
    query = _query(listing)
    if listing.status not in (None, AlertStatus.RESOLVED):
        return []
    if listing.services is None:
        return [Walk(query, "opened")]
    return [Walk({"service": service, **query}, "service") for service in listing.services]


def _query(listing: Listing) -> Document:
    query: Document = {"opened": {"$lt": listing.before or _LATEST}}
    return query if listing.source is None else {**query, "source": listing.source}


def _waiting(head: Document) -> list[Document]:
    records = head.get("outbox", {}).get("records", [])
    return [{"_id": record["id"], **record["doc"]} for record in records if record["collection"] == ARCHIVE]


def _agrees(document: Document, listing: Listing) -> bool:
    return (
        (listing.before is None or document["opened"] < listing.before)
        and (listing.services is None or document["service"] in listing.services)
        and (listing.source is None or document["source"] == listing.source)
        and (listing.status is None or document["status"] == listing.status.value)
    )
