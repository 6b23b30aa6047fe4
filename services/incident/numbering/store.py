"""Incident numbers: a counter document a day, raised by as many as are needed soon; what is not used is a gap."""

from __future__ import annotations

import asyncio
from datetime import datetime

from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.incident.numbering.block import NumberBlock
from services.incident.numbering.incident_ids import day_of, incident_id
from shared.mongo import Document
from shared.runtime import Runtime

COLLECTION = "incident_days"


class Numbers:
    """Unique whoever asks: the database raises the counter atomically."""

    def __init__(self, runtime: Runtime) -> None:
        self._days = runtime.database.collection(COLLECTION)
        # the embedded database has no ranges over _id
        runtime.indexes({COLLECTION: [IndexModel([("day", 1)], name="day")]})
        self._block = NumberBlock()
        self._asking = asyncio.Lock()

    async def take(self, at: datetime, count: int) -> list[str]:
        """Ids for `count` incidents that begin at `at`."""
        if count <= 0:
            return []
        day = day_of(at)
        async with self._asking:
            numbers = self._block.give(day, count, at)
            if numbers is None:
                asked = count + self._block.ahead(at)
                numbers = self._block.fill(day, count, await self._raise(day, asked), asked=asked, at=at)
        return [incident_id(day, number) for number in numbers]

    async def _raise(self, day: str, count: int) -> int:
        while True:
            try:
                counter: Document | None = await self._days.find_one_and_update(
                    {"_id": day},
                    {"$inc": {"taken": count}, "$setOnInsert": {"day": day}},
                    upsert=True,
                    return_document=ReturnDocument.AFTER,
                )
            except DuplicateKeyError:
                continue  # somebody else made the day's counter at the same instant: now it is there
            if counter is not None:
                return int(counter["taken"])

    async def days(self, first: str, last: str) -> list[tuple[str, int]]:
        """How many numbers each day (`YYYYMMDD`) in [first, last] has taken; days without any are left out."""
        found = await self._days.find({"day": {"$gte": first, "$lte": last}}).to_list()
        return [(document["_id"], int(document["taken"])) for document in found]
