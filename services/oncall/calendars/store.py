"""Secret links to calendars: one for a schedule or person, of which only a digest is kept; a new one ends the old.

A link ends with the key that made it. Keys that are revoked leave a mark, so that a link which such a key made in its
last seconds, before everybody had heard of its end, leads nowhere either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from services.oncall.directory.entry import Kind, document_id
from shared.runtime import Runtime

COLLECTION = "calendar_links"
ENDED_KEYS = "ended_keys"


@dataclass(frozen=True, slots=True)
class Linked:
    """What a link leads to, and the teams that it shows of it; none: all."""

    kind: Kind
    key: str
    teams: tuple[str, ...] = ()


class CalendarLinks:
    """The questions that are asked of them."""

    def __init__(self, runtime: Runtime) -> None:
        self._links = runtime.database.collection(COLLECTION)
        self._ended = runtime.database.collection(ENDED_KEYS)
        runtime.indexes({COLLECTION: [IndexModel([("digest", 1)], name="digest", unique=True)]})

    async def keep(self, kind: Kind, key: str, token: str, teams: Sequence[str], *, made_by: str) -> None:
        """From now on this token, and no other, leads to this calendar, as its maker's `teams` may see it.

        `made_by` is the id of the maker's API key.
        """
        fields = {"kind": kind.value, "key": key, "digest": _digest(token), "teams": list(teams), "made_by": made_by}
        while True:
            try:
                await self._links.update_one({"_id": document_id(kind, key)}, {"$set": fields}, upsert=True)
                break
            except DuplicateKeyError:
                continue  # somebody else made this calendar's first link at the same instant: now it is there

    async def end(self, kind: Kind, key: str) -> None:
        """No token leads to this calendar any more."""
        await self._links.delete_one({"_id": document_id(kind, key)})

    async def find(self, token: str) -> Linked | None:
        """Which calendar this token leads to, None for none."""
        found = await self._links.find_one({"digest": _digest(token)})
        if found is None or await self._has_ended(found.get("made_by")):
            return None
        return Linked(Kind(found["kind"]), found["key"], tuple(found.get("teams", ())))

    async def end_all_of(self, makers: Iterable[str]) -> None:
        """No token that these API keys made, or still make, leads anywhere any more."""
        for maker in makers:
            await self._ended.update_one({"_id": maker}, {"$setOnInsert": {"ended": True}}, upsert=True)

    async def _has_ended(self, maker: str | None) -> bool:
        """False for the links of before, whose makers nobody noted."""
        return maker is not None and await self._ended.find_one({"_id": maker}, projection={"_id": True}) is not None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
