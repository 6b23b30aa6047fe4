"""The deliveries, one a page.

`deliveries`, `_id` = page id: `page` (the whole request, which the result events and the API are made from) is written
once, the rest by guarded writes. A delivery that a process holds has an `owner`, one that waits has a `due_at`, a
finished one has neither, and `untold_at` until its hand-over was told: these indexes are sparse and stay small. Names
and addresses are in `page` and nowhere else. `undelivered`: a row for each that failed or was cancelled, by which
those are listed. Who holds what is in `leases`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import IndexModel

from services.comms.delivery.delivery_state import DeliveryState, Move
from services.comms.paging.delivery import Delivery
from services.comms.paging.result_events import delivered_event, result_event
from shared.due_work import DueWork
from shared.events import Event
from shared.ids import fresh
from shared.mongo import IN_LIMIT, Document, find_by_ids, one_or_in, to_document
from shared.outbox.aggregates import Change, Record
from shared.runtime import Runtime
from shared.timers import DUE_INDEX

DELIVERIES = "deliveries"
UNDELIVERED = "undelivered"

_NOT_DELIVERED = (DeliveryState.FAILED, DeliveryState.CANCELLED)
_STATE_FIELDS = set(Delivery.model_fields) - {"page", "origin", "version"}


@dataclass(frozen=True, slots=True)
class Settled:
    """A delivery, the move that is to be written, and what it looks like afterwards."""

    before: Delivery
    move: Move
    after: Delivery
    at: datetime


class Deliveries:
    """The questions that are asked about deliveries. They are forgotten so long after they were asked for."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(DELIVERIES)
        self._deliveries = self._aggregates.collection
        self._clock = runtime.clock
        kept_seconds = runtime.settings.delivery_days * 86_400
        runtime.indexes(
            {
                DELIVERIES: [
                    DUE_INDEX,
                    IndexModel([("owner", 1)], name="owner", sparse=True),
                    IndexModel([("untold_at", 1)], name="untold_at", sparse=True),
                    IndexModel([("page.incident.id", 1)], name="incident"),
                    IndexModel([("page.user.id", 1)], name="user"),
                    IndexModel([("page.requested_at", 1)], name="age", expireAfterSeconds=kept_seconds),
                ],
                UNDELIVERED: [IndexModel([("requested_at", 1)], name="age", expireAfterSeconds=kept_seconds)],
            }
        )

    def due_work(self, take_up: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `take_up` when a delivery is due."""
        return DueWork.of(self._aggregates, "deliveries", take_up, clock=self._clock, look_seconds=look_seconds)

    async def take_in(self, deliveries: Sequence[Delivery]) -> set[str]:
        """Store new deliveries; returns the ids of those that were known already."""
        return await self._aggregates.commit(Change(delivery.id, 0, to_document(delivery)) for delivery in deliveries)

    async def settle(self, settled: Sequence[Settled]) -> set[str]:
        """Write moves and what is told of them; returns the ids that somebody else changed meanwhile."""
        return await self._aggregates.commit(
            Change(
                one.before.id,
                one.before.version,
                _state_fields(one.after),
                events=result_event(one.after, one.move, one.at),
                records=_rows(one.after),
            )
            for one in settled
        )

    async def settle_handed_over(self, settled: Sequence[Settled]) -> set[str]:
        """Write hand-overs, marked as untold; returns the ids that somebody else changed meanwhile.

        Those that change their deliveries alike are one write: the embedded database does that six times as fast as
        a write each. Their events can wait in the mark alone, because they say nothing but what the delivery does.
        """
        alike: defaultdict[str, list[Settled]] = defaultdict(list)
        for one in settled:
            alike[repr((one.before.version, sorted(_state_fields(one.after).items())))].append(one)
        lost: set[str] = set()
        for group in alike.values():
            lost |= await self._settle_alike(group)
        return lost

    async def _settle_alike(self, group: Sequence[Settled]) -> set[str]:
        ids = [one.before.id for one in group]
        fields = _state_fields(group[0].after)
        write_id = fresh()
        result = await self._deliveries.update_many(
            {"_id": one_or_in(ids), "version": group[0].before.version},
            {
                "$set": {name: value for name, value in fields.items() if value is not None}
                | {"version": group[0].after.version, "write_id": write_id, "untold_at": group[0].at},
                "$unset": {name: "" for name, value in fields.items() if value is None},
            },
        )
        if result.matched_count == len(ids):
            return set()
        present = await find_by_ids(self._deliveries, ids, projection=["write_id"])
        return {page_id for page_id in ids if present.get(page_id, {}).get("write_id") != write_id}

    async def by_ids(self, page_ids: Sequence[str]) -> dict[str, Delivery]:
        """The deliveries with these ids that exist."""
        found = await find_by_ids(self._deliveries, page_ids)
        return {page_id: read_delivery(document) for page_id, document in found.items()}

    async def untold(self, before: datetime, limit: int) -> list[Delivery]:
        """Hand-overs that were recorded before this and are still marked as untold, the oldest first."""
        query = {"untold_at": {"$lte": before}}
        found = await self._deliveries.find(query).sort("untold_at", 1).limit(limit).to_list()
        return [read_delivery(document) for document in found]

    async def mark_told(self, page_ids: Sequence[str]) -> None:
        """The hand-overs of these were told."""
        for start in range(0, len(page_ids), IN_LIMIT):
            query = {"_id": one_or_in(page_ids[start : start + IN_LIMIT])}
            await self._deliveries.update_many(query, {"$unset": {"untold_at": ""}})

    async def due(self, now: datetime, limit: int) -> list[Delivery]:
        """Waiting deliveries whose time has come, the longest due first."""
        found = await self._deliveries.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit).to_list()
        return [read_delivery(document) for document in found]

    async def of_incidents(self, incident_ids: Sequence[str]) -> list[Delivery]:
        """All deliveries of these incidents."""
        return [delivery async for delivery in self._of("page.incident.id", incident_ids)]

    async def unsent_of_people(self, user_ids: Sequence[str]) -> list[Delivery]:
        """All deliveries to these people that may still be sent."""
        return [one async for one in self._of("page.user.id", user_ids) if not one.state.is_final]

    async def snapshots(self) -> AsyncIterator[Event]:
        """Every delivery that was handed over and is still kept, for who asks to hear the facts again."""
        async for document in self._deliveries.find({}):
            delivery = read_delivery(document)
            if delivery.state is DeliveryState.DELIVERED:
                for event in delivered_event(delivery):
                    yield event

    async def _of(self, field: str, values: Sequence[str]) -> AsyncIterator[Delivery]:
        for start in range(0, len(values), IN_LIMIT):
            async for document in self._deliveries.find({field: {"$in": list(values[start : start + IN_LIMIT])}}):
                yield read_delivery(document)

    async def forget(self, user_id: str) -> None:
        """Remove somebody's name and address from every delivery, and providers' words, which repeat them."""
        gone = {"$set": {"page.user.name": "", "page.method.address": "", "detail": "", "history": []}}
        await self._deliveries.update_many({"page.user.id": user_id}, gone)


def read_delivery(document: Document) -> Delivery:
    """A delivery from its document."""
    return Delivery.model_validate(document)


def _rows(after: Delivery) -> list[Record]:
    """The row by which a delivery that came to nothing is found."""
    if after.state not in _NOT_DELIVERED:
        return []
    row = {"state": after.state.value, "requested_at": after.page.requested_at}
    return [Record(UNDELIVERED, after.id, row, sequence=after.version)]


def _state_fields(delivery: Delivery) -> Document:
    """Every field but the page; absent ones as None, which removes them."""
    document = to_document(delivery)
    return {name: document.get(name) for name in _STATE_FIELDS}
