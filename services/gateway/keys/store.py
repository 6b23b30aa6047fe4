"""The keys of people, programs and integrations, each one aggregate of the collection `api_keys`.

A key is never removed: a revoked one stays, so that every replica hears of it by asking for what changed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

from pymongo import IndexModel

from services.gateway.keys.key import Key, from_document, to_facts, to_fields
from shared.events import Event, make
from shared.mongo import Document
from shared.outbox.aggregates import Change
from shared.runtime import Runtime
from shared.telemetry import trace

COLLECTION = "api_keys"

Position = tuple[datetime, str]
"""Where a page of a list ended: creation time and id."""


class KeyStore:
    """Keeps keys: they are added, replaced by a later version, and found by id, digest, person and time of change."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION)
        self._collection = self._aggregates.collection
        runtime.indexes(
            {
                COLLECTION: [
                    IndexModel([("digest", 1)], name="digest", unique=True),
                    IndexModel([("former_digest", 1)], name="former_digest", sparse=True),
                    IndexModel([("changed_at", 1)]),
                ]
            }
        )

    async def add(self, key: Key, now: datetime) -> bool:
        """Store a new key (its version is 1); False when its id or digest is there already."""
        return not await self._commit(key, base=0, now=now)

    async def replace(self, key: Key, now: datetime) -> Key | None:
        """Store the changed state of a key read before; what is stored now, None when the read one was overtaken."""
        changed = replace(key, version=key.version + 1)
        return None if await self._commit(changed, base=key.version, now=now) else changed

    async def _commit(self, key: Key, *, base: int, now: datetime) -> set[str]:
        fields = {**to_fields(key), "changed_at": now}
        return await self._aggregates.commit([Change(key.id, base, fields, changes_of(key, now))])

    async def by_id(self, id: str) -> Key | None:
        """The key with this id, revoked or not."""
        return _read(await self._collection.find_one({"_id": id}))

    async def by_digest(self, digest: str) -> Key | None:
        """The key that has or had this SHA-256 (lower-case hexadecimal), revoked or not."""
        found = await self._collection.find_one({"digest": digest})
        return _read(found or await self._collection.find_one({"former_digest": digest}))

    async def of_user(self, user_id: str) -> list[Key]:
        """Every key that acts for this person."""
        return [from_document(one) async for one in self._collection.find({"user_id": user_id})]

    async def find_changed_since(self, moment: datetime | None) -> AsyncIterator[tuple[Key, datetime]]:
        """Keys made or changed at or after `moment` (None: all), each with when that was."""
        query = {} if moment is None else {"changed_at": {"$gte": moment}}
        async for document in self._collection.find(query):
            yield from_document(document), document["changed_at"]

    async def page(self, *, integrations: bool, after: Position | None, limit: int) -> list[Key]:
        """Keys, newest first: of integrations in use, or all others whether revoked or not."""
        query: Document = {"integration_kind": {"$exists": integrations}}
        if integrations:
            query["revoked_at"] = {"$exists": False}
        if after is not None:
            moment, last_id = after
            query["$or"] = [{"created_at": {"$lt": moment}}, {"created_at": moment, "_id": {"$lt": last_id}}]
        found = self._collection.find(query).sort([("created_at", -1), ("_id", -1)]).limit(limit)
        return [from_document(document) async for document in found]

    async def snapshots(self) -> AsyncIterator[Event]:
        """Every key as an event, for who asks to hear the facts again."""
        async for key, moment in self.find_changed_since(None):
            for event in changes_of(key, moment):
                yield event


def changes_of(key: Key, now: datetime) -> list[Event]:
    """The events that tell of a key at its present version."""
    context = trace.current()
    return [
        make(
            "key.changed.v1",
            subject=subject,
            sequence=key.version,
            time=now,
            data=fact,
            correlation=context.correlation if context else None,
            traceparent=context.traceparent if context else None,
        )
        for subject, fact in to_facts(key).items()
    ]


def _read(document: Document | None) -> Key | None:
    return None if document is None else from_document(document)
