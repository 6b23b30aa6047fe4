"""Side documents as they are written: many of a collection in one bulk, each of them once.

Those of a patient collection wait a moment for more of them, each in the document of its aggregate, where whoever wants
them reads them first. So what changes soon after, one thing after the other, costs one bulk and one clearing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from shared.mongo import Collection, Document, upsert_newer
from shared.outbox.clearing import Left


class SideCollections(Protocol):
    """Where side documents go: the service's own database."""

    def collection(self, name: str) -> Collection:
        """The collection of this name."""


class SideDocuments:
    """One per process."""

    def __init__(self, database: SideCollections) -> None:
        self._database = database
        self._on_written: dict[str, Callable[[Document], None]] = {}

    def on_written(self, collection: str, hear: Callable[[Document], None]) -> None:
        """Have `hear` called with each side document of this collection that was written."""
        self._on_written[collection] = hear

    async def write(self, records: Iterable[Document]) -> None:
        """Write these, of several under one id the newest. Raises what the driver raises; writing again is safe."""
        newest: dict[tuple[str, str], Document] = {}
        for record in records:
            key = (record["collection"], record["id"])
            if key not in newest or (record["seq"] or 0) >= (newest[key]["seq"] or 0):
                newest[key] = record
        writes: dict[str, list[tuple[Document, Document]]] = defaultdict(list)
        for record in newest.values():
            writes[record["collection"]].append(_upsert(record))
        for name, pairs in writes.items():
            await upsert_newer(self._database.collection(name), pairs)
        for record in newest.values():
            if hear := self._on_written.get(record["collection"]):
                hear(record["doc"])


class PatientLane:
    """What may wait for more: for `SECONDS`, unless much comes together."""

    SECONDS = 0.2
    """Less than the grace of others' polls by far, as all that a living process holds."""
    MANY = 60
    """So many side documents wait for no more: lists read the documents that they wait in."""

    def __init__(self) -> None:
        self.waiting: list[Left] = []
        self._documents = 0
        self._some, self._many = asyncio.Event(), asyncio.Event()

    def put(self, batch: Sequence[Left]) -> None:
        """Let these wait."""
        if not batch:
            return
        self.waiting += batch
        self._documents += sum(len(handover.records) for _, handover in batch)
        self._some.set()
        if self._documents > self.MANY:
            self._many.set()

    def hurry(self) -> None:
        """What waits now waits no longer."""
        self._many.set()

    async def take(self) -> list[Left]:
        """All that waits, when it has waited long enough."""
        await self._some.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.SECONDS):
                await self._many.wait()
        self._some.clear()
        self._many.clear()
        taken, self.waiting, self._documents = self.waiting, [], 0
        return taken


def _upsert(record: Document) -> tuple[Document, Document]:
    """The guarded upsert of a record: one without a sequence is written once, of the others the newest wins."""
    if record["seq"] is None:
        return {"_id": record["id"]}, {"$setOnInsert": record["doc"]}
    return (
        {"_id": record["id"], "seq": {"$lt": record["seq"]}},
        {"$set": {**record["doc"], "seq": record["seq"]}},
    )
