"""The canary: an alert that Tocsin sends itself each minute, all the way to a page that is handed over.

It goes the way of every other: ingest's queue, the alert's event, the incident's, the escalation, the page, its
hand-over, each through the same consumers, database, outbox and broker. Only the routing keys of its events end in
`topology.CANARY`, to which nothing is bound but the queues on that way: so no stream, copy, figure or notice ever hears
of it, and no list can show it, since each service keeps it in a document of its own, in the collection `canary`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from shared.bus.consumer import Delivery
from shared.bus.topology import CANARY
from shared.clocks.clock import Now
from shared.events import Event
from shared.mongo import Document
from shared.outbox.aggregates import Aggregates, Change, Outgoing
from shared.outbox.races import decide_and_commit
from shared.runtime import Runtime

ID = "tocsin-canary"
"""Of its incident, its person and its policy; no numbered incident and no drawn id is called so."""
HEADER = "x-tocsin-canary"
"""Marks its message in ingest's own queue, where no sender can set a header."""
COLLECTION = "canary"
LEFT_FOR = timedelta(minutes=1)

Decide = Callable[[Document, int], tuple[Document, Sequence[Event]] | None]
"""What the stored fields (empty at first) become, and the events of that; gets the version that is written. None:
nothing changes."""


def outgoing(event: Event) -> Outgoing:
    """The event, on its way to those alone who hand a canary on."""
    return Outgoing(event, event.type + CANARY)


def is_canary(delivery: Delivery[Event]) -> bool:
    """Whether this is news of a canary."""
    return delivery.routing_key.endswith(CANARY)


class CanaryDocument:
    """What a service keeps of the canary: one document, written and told as every aggregate is.

    The relay's poll does not look after it, which would cost a question a second: what a process that was killed left
    untold is dropped at the next start, and the next canary comes within a minute.
    """

    def __init__(self, aggregates: Aggregates, clock: Now) -> None:
        self._aggregates = aggregates
        self._collection = aggregates.collection
        self._clock = clock

    @classmethod
    def of(cls, runtime: Runtime) -> CanaryDocument:
        """The one of this process's service."""
        document = cls(runtime.aggregates(COLLECTION, unpolled=True), runtime.clock)
        runtime.on_start(document.drop_what_was_left)
        return document

    async def fold(self, decide: Decide) -> None:
        """Read, decide, write and tell; decided again when somebody was faster."""

        async def read() -> Document:
            return await self._collection.find_one({"_id": ID}, projection={"outbox": 0}) or {}

        def changes(document: Document) -> list[Change]:
            version = int(document.get("version", 0))
            decided = decide(document, version + 1)
            if decided is None:
                return []
            fields, events = decided
            return [Change(ID, version, fields, [outgoing(event) for event in events])]

        await decide_and_commit(read, changes, self._aggregates.commit)

    async def drop_what_was_left(self) -> None:
        """Forget what a killed process left untold."""
        old = {"_id": ID, "outbox_at": {"$lt": self._clock.now() - LEFT_FOR}}
        await self._collection.update_one(old, {"$unset": {"outbox": "", "outbox_at": ""}})
