"""Sessions of browsers: `{_id: SHA-256 of the token, key_digest, created_at, seen_at, ends_at}`.

The database removes what is too old.
"""

from __future__ import annotations

from datetime import datetime

from pymongo import IndexModel

from services.gateway.sessions.session import Session
from shared.runtime import Runtime

COLLECTION = "sessions"


class SessionStore:
    """Keeps sessions by the digest of their token."""

    def __init__(self, runtime: Runtime) -> None:
        self._collection = runtime.database.collection(COLLECTION)
        runtime.indexes({COLLECTION: [IndexModel([("ends_at", 1)], name="ends_at", expireAfterSeconds=0)]})

    async def add(self, session: Session) -> None:
        """Store a new session."""
        await self._collection.insert_one(
            {
                "_id": session.id,
                "key_digest": session.key_digest,
                "created_at": session.created_at,
                "seen_at": session.seen_at,
                "ends_at": session.ends_at,
            }
        )

    async def get(self, id: str) -> Session | None:
        """The session with this id."""
        found = await self._collection.find_one({"_id": id})
        if found is None:
            return None
        return Session(found["_id"], found["key_digest"], found["created_at"], found["seen_at"])

    async def note_use(self, id: str, now: datetime) -> None:
        """The session was used."""
        await self._collection.update_one({"_id": id}, {"$max": {"seen_at": now}})

    async def remove(self, id: str) -> None:
        """End a session; one that is not there has ended."""
        await self._collection.delete_one({"_id": id})
