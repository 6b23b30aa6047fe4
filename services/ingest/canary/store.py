"""The stored timer of the canary: one document, so that any number of replicas send one a minute."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from services.ingest.canary.timing import Timer
from shared.canary import COLLECTION
from shared.mongo import Document
from shared.runtime import Runtime

_ID = "timer"


class TimerStore:
    """Keeps when canaries were sent and arrived."""

    def __init__(self, runtime: Runtime) -> None:
        self._collection = runtime.database.collection(COLLECTION)

    async def read(self) -> Timer | None:
        """The timer; None before there is one."""
        found = await self._collection.find_one({"_id": _ID})
        if found is None:
            return None
        return Timer(found["began_at"], found["due_at"], found.get("arrived_at"))

    async def begin(self, timer: Timer) -> None:
        """Store the first timer, unless another process did."""
        fields: Document = {name: value for name, value in asdict(timer).items() if value is not None}
        await self._collection.update_one({"_id": _ID}, {"$setOnInsert": fields}, upsert=True)

    async def take(self, timer: Timer, due_at: datetime) -> bool:
        """Take the canary that is due; false when another process was faster."""
        mine = {"_id": _ID, "due_at": timer.due_at}
        result = await self._collection.update_one(mine, {"$set": {"due_at": due_at}})
        return result.modified_count == 1

    async def note_arrival(self, now: datetime) -> None:
        """Note that a canary's page was handed over."""
        await self._collection.update_one({"_id": _ID}, {"$max": {"arrived_at": now}})
