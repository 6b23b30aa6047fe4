"""The numbers that imports took: the counter passes over them, and lists find by them what no counter knows of.

One document a day holds its imported numbers as they are written in the ids (`000417`), so that they may be anywhere
and of any length; one document a month says how many each of its days has. Both are written before the incident is, so
nothing that is there is missing here; a number whose incident never came is a gap. Of one day no two ids have the same
number: lists are ordered by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pymongo import IndexModel, UpdateOne

from services.incident.numbering.incident_ids import day_in, day_of, written_number
from services.incident.numbering.store import COLLECTION as COUNTERS
from services.incident.numbering.store import IMPORTED as COLLECTION
from services.incident.numbering.store import MAY_BE_COUNTED
from shared.mongo import find_by_ids
from shared.runtime import Runtime

MONTHS = "imported_months"


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

    async def take(self, ids: Sequence[str], known: Mapping[str, frozenset[str]], now: datetime) -> None:
        """Note the numbers of these ids, unless they are among the `known` ones of their days."""
        new: dict[str, list[str]] = {}
        for id in ids:  # noqa: A001 - as everywhere
            day, number = day_in(id), written_number(id)
            if number not in known.get(day, frozenset()):
                new.setdefault(day, []).append(number)
        if not new:
            return
        await self._warn_counters([day for day in new if day >= day_of(now - MAY_BE_COUNTED)])
        months: dict[str, dict[str, int]] = {}
        for day, numbers in new.items():
            months.setdefault(day[:6], {})[f"days.{day}"] = len(numbers)
        await self._months.bulk_write(
            [UpdateOne({"_id": month}, {"$inc": counts, "$set": {"month": month}}, upsert=True)
             for month, counts in months.items()],
            ordered=False,
        )  # fmt: skip
        await self._days.bulk_write(
            [UpdateOne({"_id": day}, {"$push": {"numbers": {"$each": numbers}}}, upsert=True)
             for day, numbers in new.items()],
            ordered=False,
        )  # fmt: skip

    async def _warn_counters(self, days: Iterable[str]) -> None:
        """Have the counters of days that may still be counted look here before they give a number."""
        for day in days:
            await self._counters.update_one(
                {"_id": day}, {"$set": {"imported": True, "day": day}, "$setOnInsert": {"taken": 0}}, upsert=True
            )
