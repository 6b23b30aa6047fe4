"""Who was erased: `erased`, by id; `forgotten` is there once comms has forgotten what it kept of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from shared.copies.replica import Replica
from shared.events import Event
from shared.mongo import Document, find_by_ids
from shared.runtime import Runtime

ERASED = "erased"
ANSWER_SECONDS = 10.0
"""How long the answer that somebody was not erased counts where it is asked for often."""
REMEMBERED = 10_000


class ErasedPeople:
    """The questions that are asked about people who were erased."""

    def __init__(self, runtime: Runtime) -> None:
        self._people = Replica(runtime.database.collection(ERASED))
        self._here: dict[str, float] = {}
        """Who was not erased when it was last asked, and when that was, by the monotonic clock."""

    async def fold(self, events: Iterable[Event]) -> None:
        """Take in what is told of people who were erased."""
        told = list(events)
        await self._people.fold(told)
        for event in told:
            self._here.pop(event.subject, None)

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

    async def among_of_late(self, user_ids: Sequence[str]) -> set[str]:
        """The same, where an answer may be `ANSWER_SECONDS` old: whoever is paged again and again is asked for once."""
        now = time.monotonic()
        wanted = [user_id for user_id in user_ids if self._here.get(user_id, -ANSWER_SECONDS) <= now - ANSWER_SECONDS]
        erased = await self.among(wanted)
        if len(self._here) > REMEMBERED:
            self._here.clear()
        self._here |= dict.fromkeys(set(wanted) - erased, now)
        return erased
