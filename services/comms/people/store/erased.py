"""Who was erased: `erased`, by id; `forgotten` is there once comms has forgotten what it kept of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.copies.replica import Replica
from shared.events import Event
from shared.mongo import Database, Document, find_by_ids

ERASED = "erased"


class ErasedPeople:
    """The questions that are asked about people who were erased."""

    def __init__(self, database: Database) -> None:
        self._people = Replica(database.collection(ERASED))

    async def fold(self, events: Iterable[Event]) -> None:
        """Take in what is told of people who were erased."""
        await self._people.fold(events)

    async def mark_forgotten(self, user_id: str) -> None:
        """Nothing of this person is kept in deliveries any more."""
        await self._people.collection.update_one({"_id": user_id}, {"$set": {"forgotten": True}})

    async def beyond(self, user_id: str, limit: int) -> list[tuple[str, bool]]:
        """Up to `limit` erased people with ids beyond this one, in their order, each with whether it was forgotten."""
        query: Document = {"_id": {"$gt": user_id}}
        found = self._people.collection.find(query, projection=["forgotten"]).sort("_id", 1).limit(limit)
        return [(document["_id"], document.get("forgotten", False)) async for document in found]

    async def among(self, user_ids: Sequence[str]) -> set[str]:
        """Those of these people who were erased."""
        return set(await find_by_ids(self._people.collection, user_ids, projection=["_id"]))
