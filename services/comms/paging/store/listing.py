"""Deliveries for people to look at, newest first, each question by an index that is there anyway.

Of a state alone: what waits has a due time and what is being sent has an owner, whose indexes are small; what failed or
was cancelled has a row in `undelivered`, which nothing that goes well ever pays for; nearly all else is delivered, so
looking back in time finds it. An index on the state itself would cost every write of every page.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.comms.delivery.delivery_state import DeliveryState
from services.comms.delivery.store import Filters, Position, looking_back, newest
from services.comms.paging.delivery import Delivery
from services.comms.paging.store.deliveries import DELIVERIES, UNDELIVERED, read_delivery
from shared.clocks.epoch import EPOCH
from shared.mongo import Document, find_by_ids
from shared.runtime import Runtime

_AGE = "page.requested_at"
_SMALL: Mapping[DeliveryState, tuple[str, Document]] = {
    DeliveryState.QUEUED: ("due_at", {"due_at": {"$gt": EPOCH}}),
    DeliveryState.SENDING: ("owner", {"owner": {"$gt": ""}}),
}
"""The index that holds all deliveries of a state and few others, and the question that it answers."""


class Listing:
    """The lists of deliveries."""

    def __init__(self, runtime: Runtime) -> None:
        self._deliveries = runtime.database.collection(DELIVERIES)
        self._undelivered = runtime.database.collection(UNDELIVERED)
        self._clock = runtime.clock

    async def page(self, filters: Filters, limit: int, after: Position | None) -> list[Delivery]:
        """Up to `limit` deliveries behind the position `after`, the newest first."""
        query: Document = {} if filters.state is None else {"state": filters.state.value}
        if filters.incident_id is not None:
            query["page.incident.id"] = filters.incident_id
        if filters.user_id is not None:
            query["page.user.id"] = filters.user_id
        if filters.incident_id is not None or filters.user_id is not None:
            return _read(await newest(self._deliveries, _AGE, query, limit, after))
        if filters.state is not None and filters.state in _SMALL:
            index, every = _SMALL[filters.state]
            return _read(await newest(self._deliveries, _AGE, query | every, limit, after, index=index))
        if filters.state in (DeliveryState.FAILED, DeliveryState.CANCELLED):
            return await self._not_delivered(filters.state, limit, after)
        return _read(await looking_back(self._deliveries, _AGE, query, limit, after, now=self._clock.now()))

    async def _not_delivered(self, state: DeliveryState, limit: int, after: Position | None) -> list[Delivery]:
        found: list[Delivery] = []
        while len(found) < limit:
            asked = limit - len(found)
            now, query = self._clock.now(), {"state": state.value}
            rows = await looking_back(self._undelivered, "requested_at", query, asked, after, now=now)
            known = await find_by_ids(self._deliveries, [row["_id"] for row in rows])
            # one that was cancelled while it was under way may have arrived after all
            deliveries = _read([known[row["_id"]] for row in rows if row["_id"] in known])
            found += [delivery for delivery in deliveries if delivery.state is state]
            if len(rows) < asked:
                break
            after = rows[-1]["requested_at"], rows[-1]["_id"]
        return found


def _read(documents: list[Document]) -> list[Delivery]:
    return [read_delivery(document) for document in documents]
