"""The numbers that imports took: the counter passes over them, and lists find by them what no counter knows of.

One document a day holds its imported numbers as they are written in the ids (`000417`), so that they may be anywhere
and of any length; one document a month says how many each of its days has. Both are written before the incident is, so
nothing that is there is missing here; a number whose incident never came is a gap. Of one day no two ids have the same
number: lists are ordered by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pymongo import IndexModel, InsertOne, UpdateOne
from pymongo.errors import BulkWriteError

from services.incident.numbering.day_numbers import DayNumbers
from services.incident.numbering.incident_ids import day_of
from services.incident.numbering.store import COLLECTION as COUNTERS
from services.incident.numbering.store import IMPORTED as COLLECTION
from services.incident.numbering.store import MAY_BE_COUNTED
from shared.mongo import DUPLICATE_KEY, Document, find_by_ids
from shared.runtime import Runtime

MONTHS = "imported_months"
_TOGETHER = 100


class ImportedNumbers:
    """The questions that are asked of them."""

    def __init__(self, runtime: Runtime) -> None:
        self._days = runtime.database.collection(COLLECTION)
        self._months = runtime.database.collection(MONTHS)
        self._counters = runtime.database.collection(COUNTERS)
        # the embedded database has no ranges over _id
        runtime.indexes({MONTHS: [IndexModel([("month", 1)], name="month")]})

    async def of_days(self, days: Iterable[str]) -> dict[str, frozenset[str]]:
        """The imported numbers of each of these days (`YYYYMMDD`) that has any, as they are written."""
        found = await find_by_ids(self._days, sorted(set(days)))
        return {day: frozenset(document["numbers"]) for day, document in found.items()}

    async def counts(self, first: str, last: str) -> list[tuple[str, int]]:
        """How many each day in [first, last] has, about: what was written again after a failure counts twice."""
        query = {"month": {"$gte": first[:6], "$lte": last[:6]}}
        found = await self._months.find(query).to_list()
        counted = [(day, int(count)) for month in found for day, count in month["days"].items()]
        return [(day, count) for day, count in counted if first <= day <= last]

    async def read(self, days: Iterable[str]) -> dict[str, DayNumbers]:
        """What is known of these days."""
        wanted = sorted(set(days))
        found = await find_by_ids(self._days, wanted)
        counters = await find_by_ids(self._counters, wanted)
        known = {day: DayNumbers(day, counted=counters.get(day, {}).get("taken", 0)) for day in wanted}
        for day, document in found.items():
            known[day].version, known[day].following = document["version"], document["following"]
            known[day].written = {int(number): number for number in document["numbers"]}
        return known

    async def take(self, days: Iterable[DayNumbers], now: datetime) -> set[str]:
        """Write down what was taken of these days; returns those that somebody else has changed since they were read.

        Each stands for itself: of those that are returned nothing was written.
        """
        changed = [one for one in days if one.new]
        if not changed:
            return set()
        await self._warn_counters([one.day for one in changed if one.day >= day_of(now - MAY_BE_COUNTED)])
        await self._count(changed)
        lost: set[str] = set()
        writes = [_write(one) for one in changed]
        for start in range(0, len(writes), _TOGETHER):
            lost |= await self._write(changed[start : start + _TOGETHER], writes[start : start + _TOGETHER])
        return lost

    async def _write(self, days: Sequence[DayNumbers], writes: Sequence[InsertOne[Document] | UpdateOne]) -> set[str]:
        try:
            result = await self._days.bulk_write(writes, ordered=False)
            written, lost = result.inserted_count + result.matched_count, set[str]()
        except BulkWriteError as error:
            failures = error.details["writeErrors"]
            if any(failure["code"] != DUPLICATE_KEY for failure in failures):
                raise
            lost = {days[failure["index"]].day for failure in failures}
            written = error.details["nInserted"] + error.details["nMatched"]
        if written + len(lost) < len(days):
            found = await find_by_ids(self._days, [one.day for one in days], projection=("_id", "version"))
            lost |= {one.day for one in days if found.get(one.day, {}).get("version") != one.version + 1}
        return lost

    async def _count(self, changed: Sequence[DayNumbers]) -> None:
        months: dict[str, dict[str, int]] = {}
        for one in changed:
            months.setdefault(one.day[:6], {})[f"days.{one.day}"] = len(one.new)
        counts = [
            UpdateOne({"_id": month}, {"$inc": days, "$set": {"month": month}}, upsert=True)
            for month, days in months.items()
        ]
        await self._months.bulk_write(counts, ordered=False)

    async def _warn_counters(self, days: Iterable[str]) -> None:
        """Have the counters of days that may still be counted look here before they give a number."""
        for day in days:
            await self._counters.update_one(
                {"_id": day}, {"$set": {"imported": True, "day": day}, "$setOnInsert": {"taken": 0}}, upsert=True
            )


def _write(day: DayNumbers) -> InsertOne[Document] | UpdateOne:
    if day.version == 0:
        return InsertOne({"_id": day.day, "version": 1, "following": day.following, "numbers": day.new})
    change = {"$set": {"version": day.version + 1, "following": day.following}}
    more = {"$push": {"numbers": {"$each": day.new}}}
    return UpdateOne({"_id": day.day, "version": day.version}, {**change, **more})
