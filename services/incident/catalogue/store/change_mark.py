"""Marks as they are stored: one document for the catalogue's services, one for the open incidents on the map."""

from __future__ import annotations

from collections.abc import Iterable

from services.incident.catalogue.change_mark import MOVES_KEPT, ChangeMark, move_of
from shared.mongo import Collection
from shared.runtime import Runtime

COLLECTION = "catalogue_marks"
SERVICES = "services"
OPEN_INCIDENTS = "open_incidents"


class ChangeMarks:
    """A mark, and what this process still owes it: changes that were, or may have been, written without a move."""

    def __init__(self, runtime: Runtime, of: str = SERVICES) -> None:
        self._id = of
        self._marks: Collection = runtime.database.collection(COLLECTION)
        self._owed: set[str] = set()

    async def read(self) -> ChangeMark:
        """The mark as it stands."""
        document = await self._marks.find_one({"_id": self._id})
        return ChangeMark(document["moved"], document["last"]) if document else ChangeMark()

    def owe(self, ids: Iterable[str]) -> None:
        """Say that a change of these may be written and has not moved the mark."""
        self._owed.update(ids)

    async def pay(self) -> None:
        """Move the mark by what is owed. Raises what the driver raises; then it is owed still."""
        paying, self._owed = self._owed, set()
        if not paying:
            return
        try:
            await self._move(move_of(sorted(paying)))
        except BaseException:
            self._owed |= paying
            raise

    async def move_all(self) -> None:
        """Say that anything may have changed: at the start, for what died before it moved the mark."""
        await self._move(None)

    async def _move(self, move: object) -> None:
        update = {"$inc": {"moved": 1}, "$push": {"last": {"$each": [move], "$slice": -MOVES_KEPT}}}
        await self._marks.update_one({"_id": self._id}, update, upsert=True)
