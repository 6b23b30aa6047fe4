"""What can be found, out of the copies: all of it, or what was written there since a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.analytics.search.kinds import SOURCES
from shared.copies.replica import WRITTEN_AT
from shared.mongo import Collection
from shared.mongo import Document as Stored
from shared.runtime import Runtime

_FIELDS = {"seq": True, "at": True, "data": True}


@dataclass(frozen=True, slots=True)
class Written:
    """A fact in a copy; `at` is None for one that an earlier version wrote."""

    copy: str
    id: str
    sequence: int
    at: datetime | None
    data: Mapping[str, Any]


class Feed:
    """Reads the copies that entries are made of."""

    def __init__(self, runtime: Runtime) -> None:
        self._copies: dict[str, Collection] = {name: runtime.database.collection(name) for name in SOURCES}
        runtime.indexes({name: [WRITTEN_AT] for name in SOURCES})

    async def all(self) -> AsyncIterator[Written]:
        """Every fact."""
        for name, copy in self._copies.items():
            async for document in copy.find({}, projection=_FIELDS, batch_size=500):
                yield _written(name, document)

    async def since(self, at: datetime) -> AsyncIterator[Written]:
        """The facts that were written at this time or later."""
        for name, copy in self._copies.items():
            async for document in copy.find({"at": {"$gte": at}}, projection=_FIELDS):
                yield _written(name, document)


def _written(copy: str, document: Stored) -> Written:
    return Written(copy, document["_id"], document["seq"], document.get("at"), document["data"])
