"""The copies of what others own: the services of the catalogue and the keys of the gateway.

A mark is moved whenever the services change, so that other replicas of this process see it by reading one document.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pymongo import IndexModel

from services.ingest.catalogue_copy.routing import Service
from shared.copies.replica import Replica
from shared.events import Event
from shared.events.control import KeyFact
from shared.events.incidents import RESOLVED_GRACE_SECONDS
from shared.runtime import Runtime

SERVICES = "services"
KEYS = "keys"
_MARK = "services"


class Catalogue:
    """The services that are known here."""

    def __init__(self, runtime: Runtime) -> None:
        self._replica = Replica(runtime.database.collection(SERVICES))
        self._marks = runtime.database.collection("catalogue_marks")

    async def learn(self, events: Sequence[Event]) -> None:
        """Take in what is told of services."""
        await self._replica.fold(events)
        await self._marks.update_one({"_id": _MARK}, {"$inc": {"moved": 1}}, upsert=True)

    async def mark(self) -> int:
        """A number that differs after every change."""
        document = await self._marks.find_one({"_id": _MARK})
        return int(document["moved"]) if document else 0

    async def services(self) -> list[Service]:
        """All services that are known here."""
        return [
            Service(
                id=data["id"],
                name=data["name"],
                match_labels=tuple(sorted(data.get("match_labels", {}).items())),
                team=data.get("team"),
                needs=tuple(sorted(one["service_id"] for one in data.get("depends_on", ()) if one.get("hard", True))),
                resolved_grace_seconds=data.get("resolved_grace_seconds", RESOLVED_GRACE_SECONDS),
            )
            async for data in self._replica.all()
        ]


class Keys:
    """The keys that are known here."""

    def __init__(self, runtime: Runtime) -> None:
        self._replica = Replica(runtime.database.collection(KEYS))
        runtime.indexes({KEYS: [IndexModel([("data.digest", 1)], name="digest")]})

    async def learn(self, events: Sequence[Event]) -> None:
        """Take in what is told of keys."""
        await self._replica.fold(events)

    async def by_digests(self, digests: Iterable[str]) -> dict[str, KeyFact]:
        """The keys with these SHA-256 digests, revoked or not, by digest."""
        query = {"data.digest": {"$in": list(digests)[:100]}}
        found = [KeyFact.model_validate(one["data"]) async for one in self._replica.collection.find(query)]
        return {key.digest: key for key in found}
