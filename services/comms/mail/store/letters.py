"""The letters: `letters`, `_id` = letter id: `letter` is written once, the rest by guarded writes.

`lane` and `due_at` are there until a letter is finished, so the index that finds what is due stays small.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime

from pymongo import IndexModel

from services.comms.delivery.store import Filters, Position, looking_back
from services.comms.mail.message import Lane, Letter, LetterKind, PostedLetter, to_posted_letter
from shared.due_work import DueWork, earliest
from shared.mongo import Document, find_by_ids, to_document
from shared.outbox.aggregates import Change
from shared.runtime import Runtime

LETTERS = "letters"
_AGE = "letter.requested_at"
_PERSONAL: Document = {
    "letter.subject": "", "letter.text": "", "letter.html": "", "letter.address": "", "detail": "", "history": [],
}  # fmt: skip
"""What names a reader; servers repeat addresses."""


class Letters:
    """The questions that are asked about letters. They are forgotten with the deliveries of their time."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(LETTERS, silent=True)
        self._letters = self._aggregates.collection
        self._clock = runtime.clock
        kept_seconds = runtime.settings.delivery_days * 86_400
        runtime.indexes(
            {
                LETTERS: [
                    IndexModel([("lane", 1), ("due_at", 1)], name="due", sparse=True),
                    IndexModel([("letter.incident_id", 1)], name="incident", sparse=True),
                    IndexModel([("letter.user_id", 1)], name="user", sparse=True),
                    IndexModel([("state", 1), (_AGE, 1)], name="state"),
                    IndexModel([(_AGE, 1)], name="age", expireAfterSeconds=kept_seconds),
                ]
            }
        )

    def due_work(self, send: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `send` when a letter is due."""
        work = DueWork("letters", send, first_due=self._first_due, clock=self._clock, look_seconds=look_seconds)
        self._aggregates.on_due("due_at", work.expect)
        return work

    async def _first_due(self) -> datetime | None:
        times = [await earliest(self._letters, "due_at", {"lane": lane.value})() for lane in Lane]
        return min((time for time in times if time is not None), default=None)

    async def post(self, letters: Sequence[Letter]) -> set[str]:
        """Have these sent; one that was posted before is left as it is. Returns the ids of those that are new."""
        now = self._clock.now()
        unique = {letter.id: letter for letter in letters}
        known = await self._aggregates.commit(
            Change(letter.id, 0, to_document(to_posted_letter(letter, now))) for letter in unique.values()
        )
        return unique.keys() - known

    async def by_ids(self, letter_ids: Sequence[str]) -> dict[str, PostedLetter]:
        """The letters with these ids that exist."""
        found = await find_by_ids(self._letters, letter_ids)
        return {key: _read(document) for key, document in found.items()}

    async def due(self, lane: Lane, now: datetime, limit: int) -> list[PostedLetter]:
        """Letters of a lane whose time has come, the longest due first."""
        query = {"lane": lane.value, "due_at": {"$lte": now}}
        found = await self._letters.find(query).sort("due_at", 1).limit(limit).to_list()
        return [_read(document) for document in found]

    async def settle(self, moves: Sequence[tuple[PostedLetter, PostedLetter]]) -> set[str]:
        """Write moves, as (before, after); returns the ids that somebody else changed meanwhile."""
        return await self._aggregates.commit(
            Change(before.id, before.version, _fields(after)) for before, after in moves
        )

    async def of_incident(self, incident_id: str, kind: LetterKind, limit: int) -> list[PostedLetter]:
        """The newest letters of this kind about an incident, at most `limit`."""
        query = {"letter.incident_id": incident_id, "letter.kind": kind.value}
        found = await self._letters.find(query).sort(_AGE, -1).limit(limit).to_list()
        return [_read(document) for document in found]

    async def page(
        self, filters: Filters, kind: LetterKind | None, limit: int, after: Position | None
    ) -> list[PostedLetter]:
        """Up to `limit` letters behind the position `after`, the newest first."""
        query: Document = {} if kind is None else {"letter.kind": kind.value}
        if filters.state is not None:
            query["state"] = filters.state.value
        if filters.incident_id is not None:
            query["letter.incident_id"] = filters.incident_id
        if filters.user_id is not None:
            query["letter.user_id"] = filters.user_id
        found = await looking_back(self._letters, _AGE, query, limit, after, now=self._clock.now())
        return [_read(document) for document in found]

    async def unfinished_of(self, user_ids: Sequence[str]) -> AsyncIterator[PostedLetter]:
        """The letters to these people that may still be sent."""
        for user_id in user_ids:
            async for document in self._letters.find({"letter.user_id": user_id, "due_at": {"$exists": True}}):
                yield _read(document)

    async def forget(self, user_ids: Sequence[str]) -> None:
        """Remove what was written to these people: letters call their readers by name."""
        for user_id in user_ids:
            await self._letters.update_many({"letter.user_id": user_id}, {"$set": _PERSONAL})


def _read(document: Document) -> PostedLetter:
    return PostedLetter.model_validate(document)


def _fields(after: PostedLetter) -> Document:
    """Every field that a move may change; absent ones as None, which removes them."""
    document = to_document(after)
    fields: Document = {name: document.get(name) for name in set(PostedLetter.model_fields) - {"letter", "version"}}
    return fields | ({"letter.html": ""} if after.state.is_final else {})
