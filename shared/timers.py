"""Timers are documents with a `due_at`; there are none in memory.

A sweep claims what is due for a short lease, so that replicas share the work, and hands it to a handler that decides
and commits. The commit is guarded by the document's version, so a claim that was overtaken changes nothing. A claim
that dies with its process is retaken when its lease ends. Times are the database's (`shared.clock`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from pymongo import IndexModel
from pymongo.errors import PyMongoError

from shared.clock import Now
from shared.failures import is_dependency_failure
from shared.ids import fresh
from shared.logs import get_logger
from shared.mongo import Collection, Document
from shared.telemetry.metrics import DUE_LAG

DUE_INDEX = IndexModel([("due_at", 1)], name="due_at", sparse=True)
LEASE_INDEX = IndexModel([("lease_by", 1)], name="lease_by", sparse=True)
"""Every collection that a timer sweeps has both."""

CLAIM_ENDED: Document = {"lease_by": None, "lease_until": None}
"""Part of the fields of every change that ends a claim."""

log = get_logger(__name__)


class DueTimer:
    """Sweeps one collection. `handle` gets the claimed documents and commits what it decides about them."""

    LEASE = timedelta(seconds=3)

    def __init__(
        self,
        name: str,
        collection: Collection,
        clock: Now,
        handle: Callable[[Sequence[Document]], Awaitable[None]],
        *,
        batch: int = 100,
        poll_seconds: float = 0.2,
    ) -> None:
        self._name = name
        self._collection = collection
        self._clock = clock
        self._handle = handle
        self._batch = batch
        self._poll = poll_seconds
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something is due right now: do not wait for the poll."""
        self._wake.set()

    async def run(self) -> None:
        """Sweep for ever; failures of the database are waited out, a failing handler is tried again."""
        while True:
            try:
                while await self.sweep() == self._batch:
                    pass
            except Exception as error:
                if is_dependency_failure(error) or isinstance(error, PyMongoError):
                    log.warning("due work waits for the database", timer=self._name, error=repr(error)[:200])
                else:
                    log.exception("due work failed and is tried again", timer=self._name)
                await asyncio.sleep(random.uniform(0.2, 0.6))  # noqa: S311 - jitter, not a secret
            try:
                async with asyncio.timeout(self._poll):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()

    async def sweep(self) -> int:
        """Claim and handle one batch; tell how many documents were claimed."""
        claimed = await self.claim()
        if claimed:
            now = self._clock.now()
            for document in claimed:
                DUE_LAG.labels(self._name).observe(max(0.0, (now - document["due_at"]).total_seconds()))
            await self._handle(claimed)
        return len(claimed)

    async def claim(self) -> list[Document]:
        """Lease up to a batch of due documents to this caller, the longest due first, and return them whole."""
        now = self._clock.now()
        free = {"due_at": {"$lte": now}, "$or": [{"lease_until": {"$exists": False}}, {"lease_until": {"$lte": now}}]}
        candidates = (
            await self._collection.find(free, projection=["_id"]).sort("due_at", 1).limit(self._batch).to_list()
        )
        if not candidates:
            return []
        token = fresh()
        await self._collection.update_many(
            {"_id": {"$in": [document["_id"] for document in candidates]}, **free},
            {"$set": {"lease_by": token, "lease_until": now + self.LEASE}},
        )
        return await self._collection.find({"lease_by": token}).to_list()
