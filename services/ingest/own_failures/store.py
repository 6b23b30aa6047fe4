"""When somebody was last called for what failed on the way from an alert to a page: one document."""

from __future__ import annotations

from datetime import datetime

from shared.mongo import Document
from shared.runtime import Runtime

COLLECTION = "own_failures"
_ID = "alerted"


class LastAlert:
    """The time of the last alert about dead letters."""

    def __init__(self, runtime: Runtime) -> None:
        self._collection = runtime.database.collection(COLLECTION)

    async def at(self) -> datetime | None:
        """When it was sent; None: never."""
        found = await self._collection.find_one({"_id": _ID})
        return None if found is None else found["at"]

    async def note(self, now: datetime) -> None:
        """Note that an alert was sent, and the broker has it."""
        later: Document = {"$max": {"at": now}}
        await self._collection.update_one({"_id": _ID}, later, upsert=True)
