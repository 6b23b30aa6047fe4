"""Follows a collection that every replica writes: each look finds what was written since the look before.

Every document says when it was written, by its writer's clock, which is at most a second off the database's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pymongo import ASCENDING, IndexModel

from shared.clocks.clock import Now
from shared.mongo import Collection, Document

OVERLAP = timedelta(seconds=60)
"""So long after the time that it says a write may become visible, and be found; finding it twice is harmless."""


def time_index(field: str) -> IndexModel:
    """The index that a followed collection needs."""
    return IndexModel([(field, ASCENDING)], name="written_at")


class Following:
    """One collection, as one process follows it from its beginning."""

    def __init__(
        self, collection: Collection, field: str, clock: Now, wanted: Mapping[str, bool] | None = None
    ) -> None:
        """`field` is when a document was written; of each what is `wanted`, else all, is read."""
        self._wanted = wanted
        self._collection = collection
        self._field = field
        self._clock = clock
        self._looked: datetime | None = None

    async def look(self) -> list[Document]:
        """The documents that were written since the last look, and some from before; at first all."""
        now = self._clock.now()
        since: Document = {self._field: {"$gte": self._looked - OVERLAP}} if self._looked is not None else {}
        found = await self._collection.find(since, projection=self._wanted).to_list()
        self._looked = now
        return found
