"""Changes as the incident service remembers them, one document each, written once; old ones are forgotten.

Whether an incident followed is set when both are known, whichever came first; it is never taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pymongo import DESCENDING, IndexModel

from services.incident.suspects.change import Change
from services.incident.suspects.ranking import BaseRate
from shared.mongo import IN_LIMIT, Document, find_by_ids, one_or_in, upsert_newer
from shared.runtime import Runtime

COLLECTION = "changes"


class Changes:
    """The questions that are asked of the changes."""

    def __init__(self, runtime: Runtime) -> None:
        self._changes = runtime.database.collection(COLLECTION)
        self._kept = timedelta(days=runtime.settings.change_days)
        runtime.indexes(
            {
                COLLECTION: [
                    IndexModel([("service", 1), ("at", DESCENDING)], name="service"),
                    IndexModel([("service", 1), ("deploy", 1), ("followed", 1)], name="base_rate"),
                    IndexModel([("expire_at", 1)], name="expire_at", expireAfterSeconds=0),
                ]
            }
        )

    async def remember(self, changes: Iterable[Change]) -> None:
        """Keep these; what is kept already stays as it is."""
        await upsert_newer(
            self._changes,
            [
                ({"_id": change.id}, {"$setOnInsert": _document(change, change.recorded_at + self._kept)})
                for change in {one.id: one for one in changes}.values()
            ],
        )

    async def between(
        self, services: Sequence[str], begin: datetime, end: datetime, limit: int, *, newest: bool
    ) -> list[Change]:
        """Up to `limit` changes of these services within [begin, end] for each `IN_LIMIT` of them, newest or oldest."""
        found: list[Change] = []
        for start in range(0, len(services), IN_LIMIT):
            some = list(services[start : start + IN_LIMIT])
            query: Document = {
                "service": one_or_in(some),
                "at": {"$gte": begin, "$lte": end},
            }
            cursor = self._changes.find(query).sort("at", -1 if newest else 1).limit(limit)
            found += [_read(document) async for document in cursor]
        return found

    async def find_changed(self, services: Iterable[str], begin: datetime, end: datetime) -> set[str]:
        """Those of these services of which a change within [begin, end] is remembered."""
        asked, found = sorted(set(services)), set[str]()
        for start in range(0, len(asked), IN_LIMIT):
            query: Document = {
                "service": {"$in": asked[start : start + IN_LIMIT]},
                "at": {"$gte": begin, "$lte": end},
            }
            found.update(await self._changes.distinct("service", query))
        return found

    async def by_ids(self, ids: Iterable[str]) -> list[Change]:
        """Those of these that are remembered."""
        return [_read(one) for one in (await find_by_ids(self._changes, sorted(set(ids)))).values()]

    async def note_followed(self, ids: Sequence[str]) -> None:
        """An incident began soon after these."""
        for start in range(0, len(ids), IN_LIMIT):
            some = list(ids[start : start + IN_LIMIT])
            await self._changes.update_many({"_id": {"$in": some}}, {"$set": {"followed": True}})

    async def rate(self, service: str) -> BaseRate:
        """How the deploys of a service went, as far as they are remembered."""
        followed = await self._changes.count_documents({"service": service, "deploy": True, "followed": True})
        calm = await self._changes.count_documents({"service": service, "deploy": True, "followed": False})
        return BaseRate(followed, followed + calm)


def _document(change: Change, expire_at: datetime) -> Document:
    # a label's name may hold what a member's name may not, so labels are pairs; what is not said is not stored
    return {
        **change.model_dump(exclude={"id"}, exclude_none=True),
        "labels": [[name, value] for name, value in change.labels.items()],
        "deploy": change.is_deploy,
        "followed": False,
        "expire_at": expire_at,
    }


def _read(document: Document) -> Change:
    return Change.model_validate({**document, "id": document["_id"], "labels": dict(document["labels"])})
