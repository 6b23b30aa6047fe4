"""What people keep by hand (stakeholder groups, templates, runbooks): one document each, guarded by its version.

Layout: `{_id, version, place, content, created_at, updated_at, deleted}`; `place` is the id again, by which they are
listed. A deleted one stays as a mark without it: its id is given to nothing else, unless somebody puts the same thing
back (`put`), whose versions then go on. Every version of what has `versions` is kept in a side document of its own,
`<id>:<version>`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel
from pymongo import IndexModel

from shared.events import Event
from shared.ids import fresh
from shared.mongo import Document, find_by_ids, to_document
from shared.outbox.aggregates import Change, Record
from shared.outbox.races import decide_and_commit
from shared.problem import Fault, Problem, not_found
from shared.runtime import Runtime
from shared.stored import Stored
from shared.web import check_version

Content = TypeVar("Content", bound=BaseModel)


class Entry(Stored, Generic[Content]):
    """One of them."""

    id: str
    version: int
    content: Content
    created_at: datetime
    updated_at: datetime


Tell = Callable[[Entry[Content], bool], Event]
"""What is told of an entry that was written, or (True) deleted: then it is as it was, with its last version."""


class Entries(Generic[Content]):
    """All of one kind. `what` is its name in problems; with `versions` each version is kept in that collection, with
    `tell` every change is told.
    """

    def __init__(
        self,
        runtime: Runtime,
        collection: str,
        model: type[Content],
        *,
        what: str,
        versions: str | None = None,
        tell: Tell[Content] | None = None,
    ) -> None:
        self._aggregates = runtime.aggregates(collection, silent=versions is None and tell is None)
        self._tell = tell
        self._collection = self._aggregates.collection
        self._versions = runtime.database.collection(versions) if versions else None
        self._model = model
        self._clock = runtime.clock
        self._what = what
        # the embedded database has no range on `_id`, so there is an index on `place`
        place = IndexModel([("place", 1)], name="place", sparse=True)
        runtime.indexes({collection: [place, IndexModel([("content.name", 1)], name="name", sparse=True)]})

    async def create(self, chosen: str | None, content: Content) -> Entry[Content]:
        """Store a new one. Raises a 409 `Problem` when the id is taken."""
        now = self._clock.now()
        entry = Entry(id=chosen or fresh(), version=1, content=content, created_at=now, updated_at=now)
        if await self._aggregates.commit([self._change(entry, 0)]):
            taken = f"There is a {self._what} with the id {entry.id!r} already, or was."
            raise Problem(409, "already_exists", taken, errors=[Fault("/id", taken)])
        return entry

    async def put(
        self, key: str, expected: int | None, decide: Callable[[Entry[Content] | None], Awaitable[Content]]
    ) -> tuple[Entry[Content], bool]:
        """Store what `decide` makes of the one with this id (None: there is none), and say whether it is new.

        One that was deleted is new again. Raises a 412 `Problem`, and what `decide` raises.
        """

        async def read() -> tuple[Document | None]:
            return (await self._collection.find_one({"_id": key}),)

        async def change(known: tuple[Document | None]) -> tuple[Entry[Content], bool]:
            document = known[0]
            before = self._read(document) if document is not None and not document.get("deleted") else None
            base = document["version"] if document is not None else 0
            check_version(expected, before.version if before is not None else 0)
            now = self._clock.now()
            created_at = before.created_at if before is not None else now
            content = await decide(before)
            after = Entry(id=key, version=base + 1, content=content, created_at=created_at, updated_at=now)
            return after, before is None

        async def commit(decided: tuple[Entry[Content], bool]) -> set[str]:
            return await self._aggregates.commit([self._change(decided[0], decided[0].version - 1)])

        return await decide_and_commit(read, change, commit)

    async def find(self, key: str, version: int | None = None) -> Entry[Content]:
        """The one with this id, as it is or was. Raises a 404 `Problem` when there is none."""
        found = await self._collection.find_one({"_id": key, "deleted": {"$ne": True}})
        if found is None:
            raise not_found(self._what, key)
        entry = self._read(found)
        if version is None or version == entry.version:
            return entry
        past = await self._versions.find_one({"_id": f"{key}:{version}"}) if self._versions is not None else None
        if past is None:
            raise not_found(f"version of the {self._what}", f"{key}:{version}")
        return self._past(key, past["_id"], past).changed(created_at=entry.created_at)

    async def named(self, word: str) -> list[Entry[Content]]:
        """The one with this id, else those with this name, at most two."""
        found = await self._collection.find_one({"_id": word, "deleted": {"$ne": True}})
        if found is not None:
            return [self._read(found)]
        query = {"content.name": word, "deleted": {"$ne": True}}
        return [self._read(one) for one in await self._collection.find(query).limit(2).to_list()]

    async def edit(
        self, key: str, expected: int | None, decide: Callable[[Entry[Content]], Awaitable[Content]]
    ) -> Entry[Content]:
        """Store what `decide` makes of it; decided again when somebody was faster. Raises a 404 or 412 `Problem`."""

        async def change(before: Entry[Content]) -> Entry[Content]:
            check_version(expected, before.version)
            fields = {"content": await decide(before), "version": before.version + 1, "updated_at": self._clock.now()}
            return before.changed(**fields)

        async def commit(after: Entry[Content]) -> set[str]:
            return await self._aggregates.commit([self._change(after, after.version - 1)])

        return await decide_and_commit(lambda: self.find(key), change, commit)

    async def delete(self, key: str, expected: int | None, allow: Callable[[Entry[Content]], None]) -> None:
        """Delete it, if `allow` raises nothing. Raises a 404 or 412 `Problem`."""

        def deletion(before: Entry[Content]) -> list[Change]:
            allow(before)
            check_version(expected, before.version)
            gone = before.changed(version=before.version + 1, updated_at=self._clock.now())
            fields: Document = {"deleted": True, "content": None, "place": None, "updated_at": gone.updated_at}
            return [Change(key, before.version, fields, events=[self._tell(gone, True)] if self._tell else [])]

        await decide_and_commit(lambda: self.find(key), deletion, self._aggregates.commit)

    async def versions(self, key: str, below: int, limit: int) -> Sequence[Entry[Content]]:
        """Up to `limit` versions below the number `below`, the newest first, as far as the one with this id has them.

        They are asked for by their ids, so one that is not written yet is left out.
        """
        if self._versions is None:
            return []
        ids = [f"{key}:{number}" for number in range(below - 1, max(0, below - 1 - limit), -1)]
        found = await find_by_ids(self._versions, ids)
        return [self._past(key, one, found[one]) for one in ids if one in found]

    def _past(self, key: str, id: str, document: Document) -> Entry[Content]:
        at: datetime = document["updated_at"]
        content, number = self._model.model_validate(document["content"]), int(id.rpartition(":")[2])
        return Entry(id=key, version=number, content=content, created_at=at, updated_at=at)

    async def page(self, after: str, limit: int) -> Sequence[Entry[Content]]:
        """Up to `limit` of them behind the id `after`, by id."""
        found = await self._collection.find({"place": {"$gt": after}}).sort("place", 1).limit(limit).to_list()
        return [self._read(one) for one in found]

    def _change(self, entry: Entry[Content], base: int) -> Change:
        fields = {name: value for name, value in to_document(entry).items() if name not in ("id", "version")}
        records = []
        if self._versions is not None:
            kept: Document = {"content": fields["content"], "updated_at": entry.updated_at}
            records.append(Record(self._versions.name, f"{entry.id}:{entry.version}", kept))
        fields |= {"place": entry.id, "deleted": None}
        return Change(entry.id, base, fields, records=records, events=[self._tell(entry, False)] if self._tell else [])

    def _read(self, document: Document) -> Entry[Content]:
        return Entry(
            id=document["_id"],
            version=document["version"],
            content=self._model.model_validate(document["content"]),
            created_at=document["created_at"],
            updated_at=document["updated_at"],
        )
