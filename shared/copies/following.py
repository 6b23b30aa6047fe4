"""Follows a collection that every replica writes: each look finds what was written since the look before.

Every document says when it was written, by its writer's clock, which is at most a second off the database's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

from pymongo import ASCENDING, IndexModel

from shared.clocks.clock import Now
from shared.clocks.epoch import EPOCH
from shared.mongo import Collection, Document

OVERLAP = timedelta(seconds=60)
"""So long after the time that it says a write may become visible, and be found."""
CHUNK = 100
"""Documents that are handed on at once, so that others have their turn between them."""


def time_index(field: str) -> IndexModel:
    """The index that a followed collection needs, if it is no copy (`shared.copies.replica.WRITTEN_AT`)."""
    return IndexModel([(field, ASCENDING)], name=field)


class Following:
    """One collection, as one process follows it."""

    def __init__(
        self,
        collection: Collection,
        clock: Now,
        *,
        field: str = "at",
        version: str = "seq",
        wanted: Mapping[str, bool] | None = None,
    ) -> None:
        """`field` is when a document was written, `version` grows with each write; all is read, or what is `wanted`."""
        self._collection = collection
        self._clock = clock
        self._field = field
        self._version = version
        self._wanted = {**wanted, field: True, version: True} if wanted is not None else None
        self._seen: dict[str, tuple[int, datetime]] = {}
        """The version and time of what was written lately and is known."""
        self.until: datetime | None = None
        """All that was written before is known; None before the first look."""

    def begin(self, at: datetime | None) -> None:
        """Begin again, with what was written at this time; None: with everything."""
        self.until, self._seen = at, {}

    async def look(self) -> AsyncIterator[list[Document]]:
        """The documents that were written since the last look, some at a time, each version once; at first all.

        Who stops before the end gets the rest, and what was handed on last, at the next look.
        """
        now = self._clock.now()
        since = min(self.until, now) - OVERLAP if self.until is not None else None
        query: Document = {self._field: {"$gte": since}} if since is not None else {}
        chunk: list[Document] = []
        async for document in self._collection.find(query, projection=self._wanted, batch_size=5 * CHUNK):
            if self._seen.get(document["_id"], (0, EPOCH))[0] < document[self._version]:
                chunk.append(document)
            if len(chunk) == CHUNK:
                yield chunk
                self._note(chunk, now - OVERLAP)
                chunk = []
        if chunk:
            yield chunk
            self._note(chunk, now - OVERLAP)
        self.until = now
        self._seen = {key: seen for key, seen in self._seen.items() if seen[1] >= now - OVERLAP}

    def _note(self, documents: list[Document], lately: datetime) -> None:
        for one in documents:
            written = one.get(self._field)
            if written is not None and written >= lately:
                self._seen[one["_id"]] = (one[self._version], written)


async def one_by_one(following: Following) -> AsyncIterator[Document]:
    """What a look finds, one document after the other; others have their turn now and then."""
    async for documents in following.look():
        for document in documents:
            yield document
        await asyncio.sleep(0)
