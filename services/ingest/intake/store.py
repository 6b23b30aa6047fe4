"""Bodies that could not be read, kept for inspection: the newest 512 different ones, a week at most.

A body's place is a remainder of its hash, so the collection can't grow, and the same body again replaces itself. The
body is cut; of the request only its content type and who sent it are kept, no header that could hold a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo import DESCENDING, IndexModel

from shared.mongo import Document
from shared.runtime import Runtime

COLLECTION = "malformed"
PLACES = 512
KEPT_BYTES = 16 * 1024
KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Malformed:
    """One refused body."""

    at: datetime
    key_id: str
    integration_id: str | None
    source: str | None
    content_type: str
    body: bytes
    """Its beginning, `KEPT_BYTES` at most: many of these may wait for the database."""
    size: int
    """Of all of it."""
    digest: bytes
    """SHA-256 of all of it."""
    detail: str
    pointer: str


class MalformedBodies:
    """Keeps refused bodies, and finds the newest."""

    def __init__(self, runtime: Runtime) -> None:
        self._collection = runtime.database.collection(COLLECTION)
        runtime.indexes(
            {
                COLLECTION: [
                    IndexModel([("at", DESCENDING)], name="at"),
                    IndexModel([("expire_at", 1)], name="expire_at", expireAfterSeconds=0),
                ]
            }
        )

    async def keep(self, one: Malformed) -> None:
        """Keep it in its place, whatever was there."""
        document: Document = {
            "at": one.at,
            "expire_at": one.at + KEPT_FOR,
            "key_id": one.key_id,
            "integration_id": one.integration_id,
            "source": (one.source or "")[:100] or None,
            "content_type": one.content_type[:100],
            "size": one.size,
            "body": one.body[:KEPT_BYTES],
            "detail": one.detail[:500],
            "pointer": one.pointer[:200],
        }
        place = int.from_bytes(one.digest[:4]) % PLACES
        await self._collection.replace_one({"_id": f"{place:03d}"}, document, upsert=True)

    async def read_newest(self, limit: int) -> list[dict[str, Any]]:
        """The newest ones."""
        return await self._collection.find({}, projection={"expire_at": 0}).sort("at", -1).limit(limit).to_list()
