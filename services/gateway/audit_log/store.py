"""The audit log: `{_id: number, before, hash, ...note}`. It is appended to and read, and never changed.

The number is the key, so of two replicas that append at once one is first and the other one links its notes anew. The
log is read in windows of numbers: no question costs more than a few of them, however long the log is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from pymongo.errors import BulkWriteError

from services.gateway.audit_log.note import GENESIS, Linked, Note, NoteKind
from shared.clocks.epoch import EPOCH
from shared.mongo import DUPLICATE_KEY, Document
from shared.runtime import Runtime

COLLECTION = "audit_log"
WINDOW = 1000
MOST_WINDOWS = 10
_SLACK = timedelta(minutes=1)
"""Notes of several replicas are in the order of their numbers, and by so much out of that of their times."""


class AuditStore:
    """Appends notes in their places, and reads them by number, fields and time."""

    def __init__(self, runtime: Runtime) -> None:
        self._collection = runtime.database.collection(COLLECTION)

    async def append(self, linked: Sequence[Linked]) -> int:
        """Store the notes in their places; how many of them were, before one found its place taken."""
        try:
            await self._collection.insert_many([_document(one) for one in linked], ordered=True)
        except BulkWriteError as error:
            if any(failure["code"] != DUPLICATE_KEY for failure in error.details["writeErrors"]):
                raise
            return int(error.details["nInserted"])
        return len(linked)

    async def end(self) -> tuple[int, str]:
        """The number and hash of the newest note; 0 and `GENESIS` for an empty log."""
        cursor = self._collection.find({}, {"hash": 1}).sort("_id", -1).limit(1)
        found = await cursor.to_list()
        return (found[0]["_id"], found[0]["hash"]) if found else (0, GENESIS)

    async def after(self, number: int, limit: int) -> list[Linked]:
        """The notes behind this number, oldest first, at most `limit` places on."""
        query = {"_id": {"$gt": number, "$lte": number + limit}}
        found = await self._collection.find(query).to_list()
        return sorted((_read(document) for document in found), key=lambda one: one.number)

    async def hash_of(self, number: int) -> str | None:
        """The hash at this place; None when nothing is there."""
        found = await self._collection.find_one({"_id": number}, {"hash": 1})
        return found["hash"] if found else None

    async def before(
        self, number: int, wanted: Document, limit: int, *, since: datetime | None = None
    ) -> tuple[list[Linked], int]:
        """Notes in front of this number that have these fields, newest first, and the number to go on in front of.

        That is 0 at the beginning of the log; a page may hold fewer notes than asked for, though there are more.
        """
        taken: list[Linked] = []
        for _ in range(MOST_WINDOWS):
            start = max(0, number - WINDOW)
            query: Document = {"_id": {"$gte": start, "$lt": number}, **wanted}
            found = sorted((_read(one) for one in await self._collection.find(query).to_list()), key=_newest_first)
            room = limit - len(taken)
            taken += found[:room]
            if len(found) > room or (found and len(found) == room):
                return taken, taken[-1].number
            number = start
            if start <= 1 or (since is not None and await self._is_older(start, since)):
                return taken, 0
        return taken, number

    async def number_at(self, moment: datetime, end: int) -> int:
        """A number behind which all notes are younger than `moment`, found by halving."""
        low, high = 0, end
        while high - low > WINDOW // 10:
            middle = (low + high) // 2
            if await self._is_older(middle, moment + 2 * _SLACK):
                low = middle
            else:
                high = middle
        return high + 1

    async def _is_older(self, number: int, moment: datetime) -> bool:
        found = await self._collection.find_one({"_id": number}, {"at": 1})
        return found is None or found["at"] < moment - _SLACK


def _newest_first(one: Linked) -> int:
    return -one.number


def _document(one: Linked) -> Document:
    note = {name: value for name, value in asdict(one.note).items() if value is not None}
    return {"_id": one.number, "before": one.before, "hash": one.hash, **note, "kind": one.note.kind.value}


def _read(document: Document) -> Linked:
    fields = {name: value for name, value in document.items() if name not in ("_id", "before", "hash")}
    try:
        note = Note(**{**fields, "kind": NoteKind(fields["kind"])})
    except (TypeError, KeyError, ValueError):  # somebody changed it: the chain tells where
        note = Note(at=EPOCH, kind=NoteKind.LOST, reason="unreadable")
    return Linked(document["_id"], note, str(document.get("before")), str(document.get("hash")))
