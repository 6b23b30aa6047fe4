"""The relay: hands on what commits left in their documents, and has it cleared (`shared.outbox.clearing`).

A commit wakes it with the events in memory; what a dead process left behind is found by looks at the outbox index: at
each start, every four seconds where pages are on their way, every fifteen elsewhere, and soon where our own failed.
What is seen before its grace is over is looked at again in the moment that it is.
Events may be published twice (a crash between the publish and the clearing), under the same id; side documents are
written idempotently. Nothing is cleared before the broker confirmed and the side documents are stored.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from shared.clocks.clock import Now
from shared.mongo import Collection, Document, find_by_ids
from shared.outbox.clearing import Clearing, Handover, Left
from shared.outbox.side_documents import PatientLane, SideCollections, SideDocuments
from shared.process.logs import get_logger
from shared.process.outliving import log_and_continue, pause_loop
from shared.telemetry.metrics import OUTBOX_AGE, RELAYED

log = get_logger(__name__)


class EventSink(Protocol):
    """Where events go: the bus."""

    async def publish_events(self, events: Sequence[tuple[str, bytes, str]]) -> None:
        """Publish (routing key, body, id) triples; return when all are confirmed, raise when one is not."""


class Lane:
    """What waits to be handed on, in order."""

    def __init__(self) -> None:
        self.waiting: list[Left] = []
        self.wake = asyncio.Event()


class Relay:
    """One per process. Its `loops` work until cancelled; `drain` waits for what has been taken, `end` clears it too."""

    BATCH = 200
    EXPRESS = 20
    """What a commit of at most so many documents leaves does not wait behind what larger ones left: a page's way is
    made of small commits, a storm's of large ones."""
    URGENT_LOOK_SECONDS = 4.0
    LOOK_SECONDS = 15.0
    GRACE = timedelta(seconds=2)
    """What a living process has in its hands is left alone this long."""
    REST_SECONDS = (0.25, 2.5)
    """Between two looks, at least: a database that is slow to answer is given more."""

    def __init__(self, sink: EventSink, database: SideCollections, clock: Now) -> None:
        self._sink = sink
        self._clock = clock
        self._served: dict[str, Collection] = {}
        self._looks: dict[str, float] = {}
        """When to look at each next, by the loop's clock; those of before the loop began are past."""
        self._urgent: set[str] = set()
        self._failed: set[str] = set()
        """Collections in which something of our own may wait."""
        self._young: dict[str, datetime] = {}
        """When the grace is over of what was seen in a collection, the earliest first."""
        self._look_soon = asyncio.Event()
        self._express, self._bulk = Lane(), Lane()
        self._held: set[tuple[str, str, str]] = set()
        """Collection, id and mark of what is in our own hands: however long that takes, our poll leaves it alone."""
        self._busy = 0
        self.side = SideDocuments(database)
        self._patient: set[str] = set()
        self.later = PatientLane()
        self.clearing = Clearing(self._on_cleared)
        self.loops: Sequence[Callable[[], Coroutine[Any, Any, None]]] = (
            partial(self._run_lane, self._express),
            partial(self._run_lane, self._bulk),
            self._run_patient_lane,
            self.clearing.run,
            self._run_poll,
        )

    def serve(self, collection: Collection, *, transactional: bool = False, urgent: bool = False) -> None:
        """Let the poll look after this collection too, often when `urgent`: somebody's page may wait in it.

        `transactional` when its documents also change in transactions.

        SecantusDB's update of many holds its collection's lock while it waits for a transaction's document, and the
        transaction's next statement waits for that lock: both for ever, and soon the whole server with them. So
        nothing ever updates many documents of such a collection.
        """
        self._served[collection.name] = collection
        if urgent:
            self._urgent.add(collection.name)
        if transactional:
            self.clearing.one_by_one(collection)

    def be_patient(self, collection: Collection) -> None:
        """Let the side documents of this collection wait a moment for more, when their events have been handed on, and
        what was handed on stand until its document is written again.

        Only where whoever reads them reads first the documents in which they wait.
        """
        self._patient.add(collection.name)
        self.clearing.be_patient(collection)

    def hold(self, collection: Collection, handovers: Iterable[Handover]) -> None:
        """Say before a commit what it will leave, for the poll may see it before the commit has returned."""
        for handover in handovers:
            self._held.update(_names(collection, handover.id, handover.marks))

    def release(self, collection: Collection, handovers: Iterable[Handover]) -> None:
        """Let go of what was held: the commit did not write it, or it is cleared."""
        for handover in handovers:
            self._held.difference_update(_names(collection, handover.id, handover.marks))

    def leave(self, collection: Collection, handovers: Iterable[Handover]) -> None:
        """Leave to the poll what was held: nobody knows whether it was written, or it could not be handed on."""
        left = list(handovers)
        self.release(collection, left)
        if left:
            self._failed.add(collection.name)
            self._looks.pop(collection.name, None)
            self._look_soon.set()

    def take(self, collection: Collection, handovers: Sequence[Handover]) -> None:
        """Hand on what one commit left, and was held, as soon as may be; called right after it."""
        lane = self._express if len(handovers) <= self.EXPRESS else self._bulk
        lane.waiting += [(collection, handover) for handover in handovers]
        lane.wake.set()

    def on_written(self, collection: str, hear: Callable[[Document], None]) -> None:
        """Have `hear` called with each side document of this collection that was written."""
        self.side.on_written(collection, hear)

    async def drain(self) -> None:
        """Return when all that was taken is handed on or left to the poll."""
        while self._express.waiting or self._bulk.waiting or self._busy or self.later.waiting:
            self.later.hurry()  # at the end of a process's life, a poll is simplest
            await asyncio.sleep(0.005)

    async def end(self) -> None:
        """Return when all that was taken is handed on and cleared, or left to others' polls."""
        await self.drain()
        with log_and_continue("clearing is left to others"):
            await self.clearing.clear_all()

    async def _run_lane(self, lane: Lane) -> None:
        while True:
            with log_and_continue("waiting for commits goes on"):
                await lane.wake.wait()
            lane.wake.clear()
            while lane.waiting:
                batch, lane.waiting = lane.waiting[: self.BATCH], lane.waiting[self.BATCH :]
                pause = 0.05
                with log_and_continue("handing on failed; the poll will do it", left=len(batch)):
                    await self._hand_on_held(batch)
                    pause = 0
                await asyncio.sleep(pause)

    async def _run_patient_lane(self) -> None:
        while True:
            with log_and_continue("writing side documents failed; the poll will do it"):
                await self._write_later(await self.later.take())

    async def _hand_on_held(self, batch: Sequence[Left]) -> None:
        later = [left for left in batch if self._may_wait(left)]
        at_once = [left for left in batch if not self._may_wait(left)]
        self._busy += 1
        try:
            with self._leave_again_on_failure(batch):
                await self._hand_on(batch, at_once, "wake")
            self.later.put(later)
            await self.clearing.put(at_once)
        finally:
            self._busy -= 1

    async def _write_later(self, batch: Sequence[Left]) -> None:
        self._busy += 1
        try:
            with self._leave_again_on_failure(batch):
                await self.side.write(_records(batch))
            await self.clearing.put(batch)
        finally:
            self._busy -= 1

    @contextlib.contextmanager
    def _leave_again_on_failure(self, batch: Sequence[Left]) -> Iterator[None]:
        try:
            yield
        except BaseException:
            for collection, handover in batch:
                self.leave(collection, [handover])
            raise

    def _may_wait(self, left: Left) -> bool:
        collection, handover = left
        return collection.name in self._patient and 0 < len(handover.records) <= self.clearing.LARGE

    def _on_cleared(self, batch: Sequence[Left]) -> None:
        for collection, handover in batch:
            self.release(collection, [handover])

    async def _run_poll(self) -> None:
        """Hand on what dead processes left, and what this one could not."""
        while True:
            least, most = self.REST_SECONDS
            pause = most
            with log_and_continue("looking for what was left failed"):
                began = time.monotonic()
                for name, collection in list(self._served.items()):
                    if self._looks.get(name, 0.0) <= began:
                        await self._look(name, collection)
                # a database that is slow to answer is busy enough: looking takes a fifth of the time, if it can wait
                pause = min(max(least, 4 * (time.monotonic() - began)), most)
            await pause_loop(pause)
            await self._wait_for_next_look()

    async def _wait_for_next_look(self) -> None:
        self._look_soon.clear()
        left = min((self._looks.get(name, 0.0) for name in self._served), default=math.inf) - time.monotonic()
        if left > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, self.LOOK_SECONDS)):
                    await self._look_soon.wait()

    async def _look(self, name: str, collection: Collection) -> None:
        again = name in self._failed or name not in self._looks
        self._failed.discard(name)
        try:
            while await self.sweep(collection) == self.BATCH:
                pass
        except BaseException:
            self._failed.add(name)
            raise
        longest = self.URGENT_LOOK_SECONDS if name in self._urgent else self.LOOK_SECONDS
        if name in self._urgent and not self._sees_young(collection):
            longest -= self.GRACE.total_seconds()
        wait = longest * random.uniform(0.85, 1)  # noqa: S311 - jitter, not a secret
        if again:  # our own needs the grace, too, before the sweep takes it, and so does what is written at our start
            wait = min(wait, self.GRACE.total_seconds())
        if (young := self._young.pop(name, None)) is not None:
            wait = min(wait, max(0.0, (young - self._clock.now()).total_seconds()))
        self._looks[name] = time.monotonic() + wait

    def _sees_young(self, collection: Collection) -> bool:
        """Whether a look is to see what is younger than the grace: while much of that is our own it would only cost."""
        return not any(name == collection.name for name, _, _ in self._held)

    async def sweep(self, collection: Collection) -> int:
        """Hand on what has waited in `collection` for longer than the grace; tell how many documents it was."""
        now = self._clock.now()
        held = set(self._held)  # what is handed on while we look may still be in the answer
        # another process's clock may be ahead, by less than the grace
        latest = now + self.GRACE if self._sees_young(collection) else now - self.GRACE
        query = {"outbox_at": {"$lte": latest}}
        seen = await (
            collection.find(query, projection=["outbox.marks", "outbox_at"])
            .sort("outbox_at", 1)
            .limit(self.BATCH)
            .to_list()
        )
        held |= self._held
        found = [document for document in seen if document["outbox_at"] <= now - self.GRACE]
        young = [document["outbox_at"] for document in seen[len(found) :] if not _is_held(held, collection, document)]
        if young:
            self._young[collection.name] = young[0] + self.GRACE
        oldest: datetime | None = found[0]["outbox_at"] if found else None
        OUTBOX_AGE.labels(collection.name).set((now - oldest).total_seconds() if oldest else 0)
        left = [document["_id"] for document in found if not _is_held(held, collection, document)]
        whole = await find_by_ids(collection, left, projection=["outbox", "outbox_at"])
        batch = [
            (
                collection,
                Handover(
                    id=key,
                    marks=document.get("outbox", {}).get("marks", []),
                    events=document.get("outbox", {}).get("events", []),
                    records=document.get("outbox", {}).get("records", []),
                ),
            )
            for key, document in whole.items()
            if "outbox_at" in document and not _is_held(self._held, collection, document)
        ]
        if batch:
            await self._hand_on(batch, batch, "poll")
            await self.clearing.clear(batch)
        return len(batch)

    async def _hand_on(self, batch: Sequence[Left], written: Sequence[Left], how: str) -> None:
        """Publish the events of `batch`, and write the side documents of `written`."""
        events = [event for _, handover in batch for event in handover.events]
        records = _records(written)
        async with asyncio.TaskGroup() as both:
            if events:
                both.create_task(self._sink.publish_events([(e["key"], e["body"], e["id"]) for e in events]))
            if records:
                both.create_task(self.side.write(records))
        for collection, handover in batch:
            RELAYED.labels(collection.name, how).inc(len(handover.events))


def _records(batch: Iterable[Left]) -> list[Document]:
    return [record for _, handover in batch for record in handover.records]


def _is_held(held: set[tuple[str, str, str]], collection: Collection, document: Document) -> bool:
    marks = document.get("outbox", {}).get("marks", [])
    return bool(marks) and held.issuperset(_names(collection, document["_id"], marks))


def _names(collection: Collection, key: str, marks: Iterable[str]) -> list[tuple[str, str, str]]:
    return [(collection.name, key, mark) for mark in marks]
