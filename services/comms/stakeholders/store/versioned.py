"""What people keep by hand (stakeholder groups, templates): one document each, guarded by its version.

Layout: `{_id, version, place, content, created_at, updated_at, deleted}`; `place` is the id again, by which they are
listed. A deleted one stays as a mark without it, so that its id isn't given to another thing. Every version of a
template is kept in a side document of its own, `<id>:<version>`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel
from pymongo import IndexModel

from shared.ids import fresh
from shared.mongo import Document, to_document
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


class Entries(Generic[Content]):
    """All of one kind. `what` is its name in problems; with `versions` each version is kept in that collection."""

    def __init__(
        self, runtime: Runtime, collection: str, model: type[Content], *, what: str, versions: str | None = None
    ) -> None:
        self._aggregates = runtime.aggregates(collection, silent=versions is None)
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
        at: datetime = past["updated_at"]
        content = self._model.model_validate(past["content"])
        return Entry(id=key, version=version, content=content, created_at=entry.created_at, updated_at=at)

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
            return [Change(key, before.version, {"deleted": True, "content": None, "place": None})]

        await decide_and_commit(lambda: self.find(key), deletion, self._aggregates.commit)

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
        return Change(entry.id, base, fields | {"place": entry.id}, records=records)

    def _read(self, document: Document) -> Entry[Content]:
        return Entry(
            id=document["_id"],
            version=document["version"],
            content=self._model.model_validate(document["content"]),
            created_at=document["created_at"],
            updated_at=document["updated_at"],
        )
