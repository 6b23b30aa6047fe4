"""What has been handed on and still stands in its document, until it is cleared.

Most documents are written again soon after, and what a commit sets anew it need not leave behind: a commit on the
version that left something takes that along (`take_along`). The rest is cleared a little later, many documents at once,
which on the embedded database is three times as cheap as one by one. Whoever dies before has it told again.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import UpdateMany, UpdateOne

from shared.mongo import IN_LIMIT, Collection, Document, find_by_ids, one_or_in
from shared.process.outliving import log_and_continue


@dataclass(frozen=True, slots=True)
class Handover:
    """What commits left in one document to be handed on; each commit has a mark, which all its items bear."""

    id: str
    marks: Sequence[str]
    events: Sequence[Document]
    records: Sequence[Document]
    alone_at: int | None = None
    """The version of the document in which nothing waits but this; None where something else may."""

    @property
    def size(self) -> int:
        """How many items it is."""
        return len(self.events) + len(self.records)

    def to_stored(self) -> dict[str, Sequence[Any]]:
        """As it waits in the document."""
        return {"marks": self.marks, "events": self.events, "records": self.records}


Left = tuple[Collection, Handover]


class Clearing:
    """One per process; `on_cleared` hears what does not stand in its document any more."""

    SECONDS = 0.5
    """So long it stands, but where documents are cleared one by one: less than the grace of others' polls by far."""
    FEW = 50
    """So many or fewer, which take no time to clear, stand twice as long."""
    FEW_ONE_BY_ONE = 80
    """So many items may stand in documents that are cleared one by one: the next commit mostly takes them along."""
    LARGE = 20
    """A document that holds more items than this is cleared at once, for all who read the document read them too."""

    def __init__(self, on_cleared: Callable[[Sequence[Left]], None]) -> None:
        self._on_cleared = on_cleared
        self._standing: dict[tuple[str, str], list[Left]] = defaultdict(list)
        self._transactional: set[str] = set()
        self._patient: set[str] = set()
        self._wake = asyncio.Event()
        self._clearing = asyncio.Lock()

    def one_by_one(self, collection: Collection) -> None:
        """Never update many documents of this collection at once; see `Relay.serve`. So standing gains nothing by
        itself.
        """
        self._transactional.add(collection.name)

    def be_patient(self, collection: Collection) -> None:
        """Let a few documents of this collection stand though they are cleared one by one: what is new is written again
        within moments, and that write takes along what would be another.
        """
        self._patient.add(collection.name)

    async def put(self, handed_on: Sequence[Left]) -> None:
        """Clear these later; before this returns what gains nothing by standing, and all when there is much in one."""
        gains_nothing = self._transactional - self._patient
        at_once = [left for left in handed_on if left[0].name in gains_nothing]
        self._keep([left for left in handed_on if left[0].name not in gains_nothing])
        if self._one_by_one() > self.FEW_ONE_BY_ONE or any(handover.size > self.LARGE for _, handover in handed_on):
            at_once += self._take_all()
        await self._clear_or_keep(at_once)

    def _one_by_one(self) -> int:
        patient = self._transactional & self._patient
        standing = (lefts for (name, _), lefts in self._standing.items() if name in patient) if patient else ()
        return sum(handover.size for lefts in standing for _, handover in lefts)

    def take_along(self, collection: Collection, key: str, version: int) -> list[Left]:
        """What stands in the document at this version, if nothing else waits in it; it is the caller's to clear.

        The caller writes the document's outbox anew, guarded by the version. Then it gives what it took to
        `on_cleared`, or, unless it has surely written, `back`.
        """
        standing = self._standing.get((collection.name, key))
        if standing is None or len(standing) > 1 or standing[0][1].alone_at != version:
            return []
        return self._standing.pop((collection.name, key))

    def back(self, taken: Sequence[Left]) -> None:
        """Take back what a commit did not take along after all."""
        self._keep(taken)

    async def run(self) -> None:
        """Clear what is put, for ever."""
        while True:
            with log_and_continue("what was handed on is cleared later"):
                await self._wake.wait()
                await asyncio.sleep(self.SECONDS)
                if len(self._standing) <= self.FEW:
                    await asyncio.sleep(self.SECONDS)
                await self.clear_all()

    async def clear_all(self) -> None:
        """Clear all that stands. Raises what the driver raises; what is not cleared then stands on."""
        async with self._clearing:
            self._wake.clear()
            await self._clear_or_keep(self._take_all())

    def _take_all(self) -> list[Left]:
        standing = [left for parts in self._standing.values() for left in parts]
        self._standing.clear()
        return standing

    async def _clear_or_keep(self, handed_on: Sequence[Left]) -> None:
        try:
            await self.clear(handed_on)
        except BaseException:
            self._keep(handed_on)  # clearing again what is cleared changes nothing
            raise

    async def clear(self, handed_on: Sequence[Left]) -> None:
        """Take these out of their documents."""
        by_collection: dict[str, list[Left]] = defaultdict(list)
        for left in handed_on:
            by_collection[left[0].name].append(left)
        for lefts in by_collection.values():
            held: dict[str, list[str]] = defaultdict(list)
            for _, handover in lefts:
                held[handover.id] += handover.marks
            await self._clear(lefts[0][0], held)
            self._on_cleared(lefts)

    def _keep(self, handed_on: Sequence[Left]) -> None:
        for collection, handover in handed_on:
            self._standing[collection.name, handover.id].append((collection, handover))
        if self._standing:
            self._wake.set()

    async def _clear(self, collection: Collection, held: Mapping[str, Sequence[str]]) -> None:
        # all may be cleared only while nothing waits but what we hold: another process may be handing on its own part
        many = 1 if collection.name in self._transactional else IN_LIMIT
        result = await collection.bulk_write([_unset(where) for where in _holding_only(held, many)], ordered=False)
        if result.matched_count == len(held):
            return
        waiting = await find_by_ids(collection, list(held), projection=["outbox_at"])
        partly = [
            UpdateOne(
                {"_id": key, "outbox.marks": {"$in": marks}},
                {
                    "$pull": {
                        "outbox.marks": {"$in": marks},
                        "outbox.events": {"mark": {"$in": marks}},
                        "outbox.records": {"mark": {"$in": marks}},
                    }
                },
            )
            for key, marks in held.items()
            if marks and "outbox_at" in waiting.get(key, {})
        ]
        if partly:
            await collection.bulk_write(partly, ordered=False)


def _unset(where: Document) -> UpdateOne | UpdateMany:
    gone = {"$unset": {"outbox": "", "outbox_at": ""}}
    return (UpdateMany if isinstance(where["_id"], dict) else UpdateOne)(where, gone)


def _holding_only(held: Mapping[str, Sequence[str]], many: int) -> Iterator[Document]:
    """Filters for the documents in which nothing but these marks waits, `many` documents each.

    No mark is in two documents of different commits, so a document whose marks are one of the lists has its own.
    """
    keys = list(held)
    for start in range(0, len(keys), many):
        chunk = keys[start : start + many]
        marks = [list(one) for one in dict.fromkeys(tuple(held[key]) for key in chunk)]
        yield {"_id": one_or_in(chunk), "outbox.marks": one_or_in(marks)}
