"""Alerts for people: lists over the heads and the archive, newest first, and one alert by its id.

Every question walks an index: `opened`, or it behind `service` or `status`. A finished alert waits in its head's
outbox until it is in the archive, so a head is read before the archive.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from services.ingest.documents import identity_of, read_occurrence
from services.ingest.folding import Head, Occurrence
from services.ingest.identity import head_of
from services.ingest.store.heads import ARCHIVE, COLLECTION
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
    source: str | None = None
    status: AlertStatus | None = None
    before: str | None = None
    """The stamp that the page before ended with."""


class Lists:
    """The questions of people."""

    def __init__(self, runtime: Runtime) -> None:
        self.heads = runtime.database.collection(COLLECTION)
        self.archive = runtime.database.collection(ARCHIVE)

    async def page(self, listing: Listing, limit: int) -> list[Listed]:
        """Up to `limit` alerts, newest first."""
        found: dict[str, Document] = {}
        for query in queries(listing):
            for document in await self._newest(self.heads, query, limit):
                for waiting in _waiting(document):
                    if _agrees(waiting, listing):
                        found[waiting["alert_id"]] = waiting
                found[document["alert_id"]] = document
            if listing.status in (None, AlertStatus.RESOLVED):
                for document in await self._newest(self.archive, query, limit):
                    found[document["alert_id"]] = document
        newest = heapq.nlargest(limit, found.values(), key=lambda document: document["opened"])
        return [(identity_of(document), read_occurrence(document)) for document in newest]

    async def one(self, id: str) -> Listed | None:
        """The alert with this id, present or finished."""
        head = await self.heads.find_one({"_id": head_of(id)})
        candidates = [head, *_waiting(head)] if head else []
        found = next((one for one in candidates if one.get("alert_id") == id), None)
        found = found or await self.archive.find_one({"_id": id})
        return (identity_of(found), read_occurrence(found)) if found else None

    async def _newest(self, collection: Collection, query: Document, limit: int) -> list[Document]:
        return await collection.find(query).sort("opened", -1).limit(limit).to_list()


def queries(listing: Listing) -> list[Document]:
    """The questions to the database that together answer a list: one, or one for each service; each walks an index."""
    query: Document = {"opened": {"$lt": listing.before or _LATEST}}
    if listing.source is not None:
        query["source"] = listing.source
    if listing.status is not None:
        query["status"] = listing.status.value
    if listing.services is None:
        return [query]
    return [{"service": service, **query} for service in listing.services]


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
