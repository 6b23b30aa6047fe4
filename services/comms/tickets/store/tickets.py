"""The tickets: `tickets`, `_id` = action id, written by guarded writes.

`due_at` and `check_at` are there while there is something to write or to look at, so their indexes stay small.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from pymongo import IndexModel

from services.comms.delivery.store import looking_back
from services.comms.tickets.ticket import Sync, Ticket
from shared.due_work import DueWork
from shared.events import Event
from shared.mongo import Document, find_by_ids, to_document
from shared.outbox.aggregates import Change
from shared.runtime import Runtime
from shared.timers import DUE_INDEX

TICKETS = "tickets"
TicketChange = tuple[Ticket | None, Ticket, Sequence[Event]]
"""A ticket before (None: there was none) and after, and what is told of it."""


class Tickets:
    """The questions that are asked about tickets."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(TICKETS)
        self._tickets = self._aggregates.collection
        self._clock = runtime.clock
        runtime.indexes(
            {
                TICKETS: [
                    DUE_INDEX,
                    IndexModel([("check_at", 1)], name="check_at", sparse=True),
                    IndexModel([("place_id", 1), ("key", 1)], name="key"),
                    IndexModel([("updated_at", 1)], name="updated_at"),
                ]
            }
        )

    def due_work(self, write: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `write` when there is something to write to a ticket system."""
        return DueWork.of(self._aggregates, "tickets", write, clock=self._clock, look_seconds=look_seconds)

    def check_work(self, look: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `look` when a ticket is to be looked at."""
        return DueWork.of(
            self._aggregates, "ticket checks", look, clock=self._clock, look_seconds=look_seconds, field="check_at"
        )

    async def by_ids(self, action_ids: Sequence[str]) -> dict[str, Ticket]:
        """The tickets of these actions, by action."""
        found = await find_by_ids(self._tickets, action_ids)
        return {key: _read(document) for key, document in found.items()}

    async def of_key(self, place_ids: Iterable[str], key: str) -> list[Ticket]:
        """The tickets that are called so in one of these places."""
        found = []
        for place_id in place_ids:
            found += await self._tickets.find({"place_id": place_id, "key": key}).limit(2).to_list()
        return [_read(document) for document in found]

    async def due(self, now: datetime, limit: int) -> list[Ticket]:
        """Tickets with something to write whose time has come, the longest due first."""
        found = await self._tickets.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit).to_list()
        return [_read(document) for document in found]

    async def to_check(self, now: datetime, limit: int) -> list[Ticket]:
        """Tickets that are to be looked at, the longest waiting first."""
        found = await self._tickets.find({"check_at": {"$lte": now}}).sort("check_at", 1).limit(limit).to_list()
        return [_read(document) for document in found]

    async def page(self, sync: Sync | None, limit: int, before: tuple[datetime, str] | None) -> list[Ticket]:
        """Up to `limit` tickets, those that changed last first, from the position `before` on."""
        query: Document = {"sync": sync.value} if sync is not None else {}
        now = self._clock.now()
        found = await looking_back(self._tickets, "updated_at", query, limit, before, now=now)
        return [_read(document) for document in found]

    async def commit(self, changes: Iterable[TicketChange]) -> set[str]:
        """Write what changes; the ids of those that somebody else changed."""
        return await self._aggregates.commit(
            Change(after.id, before.version if before is not None else 0, _fields(after), list(events))
            for before, after, events in changes
            if before != after
        )


def _read(document: Document) -> Ticket:
    return Ticket.model_validate({**document, "id": document["_id"]})


def _fields(ticket: Ticket) -> Document:
    """Every field; absent ones as None, which removes them."""
    plain = to_document(ticket)
    # the driver knows times but no dates without one
    plain["action"] = ticket.action.model_dump(mode="json")
    return {name: plain.get(name) for name in set(Ticket.model_fields) - {"id", "version"}}
