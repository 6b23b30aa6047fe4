"""The small copy that a service keeps of what another one owns.

One document a subject, the newest sequence wins, deletions stay as tombstones: any order and repetition of the events
ends in the same copy.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TypeVar

from pymongo import IndexModel, UpdateOne

from shared.clocks.clock import Now
from shared.events import Event
from shared.mongo import Collection, Document, find_by_ids, to_document, upsert_newer

Told = TypeVar("Told")


def newest_of(events: Iterable[Event]) -> dict[str, Event]:
    """The newest of these events of each subject, by subject."""
    return {subject: event for subject, (event, _) in newest_facts((event, None) for event in events).items()}


def newest_facts(told: Iterable[tuple[Event, Told]]) -> dict[str, tuple[Event, Told]]:
    """The newest event of each subject with what goes with it (`shared.bus.batches.facts_of`), by subject."""
    newest: dict[str, tuple[Event, Told]] = {}
    for event, fact in told:
        if event.subject not in newest or event.sequence > newest[event.subject][0].sequence:
            newest[event.subject] = (event, fact)
    return newest


FIRST = 1
"""The sequence of the first fact about a subject."""
WRITTEN_AT = IndexModel([("at", 1)], name="at", sparse=True)
"""Whoever follows what changes in a copy needs it."""


class Replica:
    """The copy of one kind of subject: `{_id: subject, seq, type, data}`.

    With a `clock` each document says when it was written here (`at`), for those who follow what changes in the copy.
    """

    def __init__(self, collection: Collection, clock: Now | None = None) -> None:
        self.collection = collection
        self._clock = clock

    async def fold(self, events: Iterable[Event]) -> None:
        """Take these facts in; older ones than are known change nothing.

        A subject whose first fact is among them is hardly known yet, any other one mostly is: so each kind is one
        write, and others follow only where that was wrong.
        """
        told = list(events)
        begun = {event.subject for event in told if event.sequence == FIRST}
        newest = newest_of(told).values()
        stamp = {"at": self._clock.now()} if self._clock is not None else {}
        await upsert_newer(self.collection, [_newer(event, stamp) for event in newest if event.subject in begun])
        later = [_newer(event, stamp) for event in newest if event.subject not in begun]
        if later:
            changed = await self.collection.bulk_write([UpdateOne(*one) for one in later], ordered=False)
            if changed.matched_count < len(later):
                await upsert_newer(self.collection, later)

    async def get(self, subjects: Sequence[str]) -> dict[str, Document]:
        """The facts about these subjects that are known and not deleted, by subject."""
        found = await find_by_ids(self.collection, subjects)
        return {key: doc["data"] for key, doc in found.items() if not doc["data"].get("deleted")}

    async def all(self) -> AsyncIterator[Document]:
        """Every fact that is not deleted."""
        async for document in self.collection.find({}):
            if not document["data"].get("deleted"):
                yield document["data"]


def _newer(event: Event, stamp: Document) -> tuple[Document, Document]:
    """The guarded write of one fact: what is older than it, and what becomes of that."""
    return (
        {"_id": event.subject, "seq": {"$lt": event.sequence}},
        {"$set": {"seq": event.sequence, "type": event.type, "data": to_document(event.data), **stamp}},
    )
