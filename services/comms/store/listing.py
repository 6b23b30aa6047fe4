"""Deliveries for people to look at, newest first, each question by an index that is there anyway.

Of a state alone: what waits has a due time and what is being sent has an owner, whose indexes are small; what failed or
was cancelled has a row in `undelivered`, which nothing that goes well ever pays for; nearly all else is delivered, so
looking back in time finds it. An index on the state itself would cost every write of every page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.comms.delivery import Delivery, DeliveryState
from services.comms.store.deliveries import DELIVERIES, UNDELIVERED, read_delivery
from shared.clock import Now
from shared.mongo import Collection, Database, Document, find_by_ids

Position = tuple[datetime, str]
"""The request time and id of the last delivery of the page before."""

LOOK_BACK = [timedelta(hours=1), timedelta(days=1), timedelta(days=30), timedelta(days=36_500)]
FIRST_ID = ""
"""Sorts before every id."""
_AGE = "page.requested_at"
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_SMALL: Mapping[DeliveryState, tuple[str, Document]] = {
    DeliveryState.QUEUED: ("due_at", {"due_at": {"$gt": _EVER}}),
    DeliveryState.SENDING: ("owner", {"owner": {"$gt": ""}}),
}
"""The index that holds all deliveries of a state and few others, and the question that it answers."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of deliveries is narrowed to; None: not narrowed."""

    incident_id: str | None = None
    user_id: str | None = None
    state: DeliveryState | None = None


class Listing:
    """The lists of deliveries."""

    def __init__(self, database: Database, clock: Now) -> None:
        self._deliveries = database.collection(DELIVERIES)
        self._undelivered = database.collection(UNDELIVERED)
        self._clock = clock

    async def page(self, filters: Filters, limit: int, after: Position | None) -> list[Delivery]:
        """Up to `limit` deliveries behind the position `after`, the newest first."""
        query: Document = {} if filters.state is None else {"state": filters.state.value}
        if filters.incident_id is not None:
            query["page.incident.id"] = filters.incident_id
        if filters.user_id is not None:
            query["page.user.id"] = filters.user_id
        if filters.incident_id is not None or filters.user_id is not None:
            return _read(await _newest(self._deliveries, _AGE, query, limit, after))
        if filters.state is not None and filters.state in _SMALL:
            index, every = _SMALL[filters.state]
            return _read(await _newest(self._deliveries, _AGE, query | every, limit, after, index=index))
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


async def looking_back(
    collection: Collection, age: str, query: Document, limit: int, after: Position | None, *, now: datetime
) -> list[Document]:
    """Up to `limit` documents behind `after` that answer the query, those whose field `age` is the latest first.

    In growing steps: the embedded database sorts all that it finds before it gives the first.
    """
    found: list[Document] = []
    for back in LOOK_BACK:
        begin = (after[0] if after else now) - back
        found += await _newest(collection, age, query, limit - len(found), after, begin=begin)
        if len(found) == limit:
            break
        after = (begin, FIRST_ID)
    return found


async def _newest(
    collection: Collection,
    age: str,
    query: Document,
    limit: int,
    after: Position | None,
    *,
    begin: datetime | None = None,
    index: str | None = None,
) -> list[Document]:
    span: dict[str, Any] = {"$gte": begin} if begin else {}
    asked = query | ({age: span} if span else {})
    if after is not None:
        at, page_id = after
        asked[age] = span | {"$lte": at}
        asked["$or"] = [{age: {"$lt": at}}, {"_id": {"$lt": page_id}}]
    cursor = collection.find(asked).sort([(age, -1), ("_id", -1)]).limit(limit)
    found: list[Document] = await (cursor.hint(index) if index else cursor).to_list()
    return found


def _read(documents: list[Document]) -> list[Delivery]:
    return [read_delivery(document) for document in documents]
