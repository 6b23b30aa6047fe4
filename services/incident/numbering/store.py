"""Incident numbers: a counter document a day, raised by as many as are needed soon; what is not used is a gap.

Numbers that an import took are passed over. A counter says whether its day has any, so others need not ask.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.incident.numbering.block import NumberBlock
from services.incident.numbering.incident_ids import day_of, incident_id
from shared.mongo import Document
from shared.runtime import Runtime

COLLECTION = "incident_days"
IMPORTED = "imported_numbers"
MAY_BE_COUNTED = timedelta(days=1)
"""Days that ended so long ago, or later, may still get incidents of our own, by a clock that is behind."""


class Numbers:
    """Unique whoever asks: the database raises the counter atomically."""

    def __init__(self, runtime: Runtime) -> None:
        self._days = runtime.database.collection(COLLECTION)
        self._imported = runtime.database.collection(IMPORTED)
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
            numbers: Sequence[int] | None = self._block.give(day, count, at)
            if numbers is None:
                asked = count + self._block.ahead(at)
                last, has_imported = await self._raise(day, asked)
                if has_imported:
                    numbers = await self._pass_over(day, range(last - asked + 1, last + 1), count)
                else:
                    numbers = self._block.fill(day, count, last, asked=asked, at=at)
        return [incident_id(day, number) for number in numbers]

    async def take_imported(self, day: str, count: int) -> list[str]:
        """Ids for `count` imported incidents that began on this day, which may still be counted."""
        last, _ = await self._raise(day, count)
        numbers = await self._pass_over(day, range(last - count + 1, last + 1), count)
        return [incident_id(day, number) for number in numbers]

    async def _pass_over(self, day: str, given: range, count: int) -> list[int]:
        """`count` of the numbers given by the counter, or higher ones, that no import took."""
        document = await self._imported.find_one({"_id": day})
        taken = {int(number) for number in document["numbers"]} if document is not None else set()
        free = [number for number in given if number not in taken]
        last = given.stop - 1
        while len(free) < count:
            # so far that there are enough, unless somebody else asks at the same instant
            end = last
            missing = count - len(free)
            while missing:
                end += 1
                missing -= end not in taken
            asked = end - last
            last, _ = await self._raise(day, asked)
            free += [number for number in range(last - asked + 1, last + 1) if number not in taken]
        return free[:count]

    async def _raise(self, day: str, count: int) -> tuple[int, bool]:
        """The last of `count` more numbers of the day, and whether imports took some of it."""
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
                return int(counter["taken"]), bool(counter.get("imported"))

    async def days(self, first: str, last: str) -> list[tuple[str, int]]:
        """How many numbers each day (`YYYYMMDD`) in [first, last] has taken; days without any are left out."""
        found = await self._days.find({"day": {"$gte": first, "$lte": last}}).to_list()
        return [(document["_id"], int(document["taken"])) for document in found]
