"""Lists of what has an age, the newest first, by indexes that are there anyway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.comms.delivery.delivery_state import DeliveryState
from shared.mongo import Collection, Document

Position = tuple[datetime, str]
"""The request time and id of the last delivery of the page before."""
LOOK_BACK = [timedelta(hours=1), timedelta(days=1), timedelta(days=30), timedelta(days=36_500)]
FIRST_ID = ""
"""Sorts before every id."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of deliveries is narrowed to; None: not narrowed."""

    incident_id: str | None = None
    user_id: str | None = None
    state: DeliveryState | None = None


async def looking_back(
    collection: Collection, age: str, query: Document, limit: int, after: Position | None, *, now: datetime
) -> list[Document]:
    """Up to `limit` documents behind `after` that answer the query, those whose field `age` is the latest first.

    In growing steps: the embedded database sorts all that it finds before it gives the first.
    """
    found: list[Document] = []
    for back in LOOK_BACK:
        begin = (after[0] if after else now) - back
        found += await newest(collection, age, query, limit - len(found), after, begin=begin)
        if len(found) == limit:
            break
        after = (begin, FIRST_ID)
    return found


async def newest(
    collection: Collection,
    age: str,
    query: Document,
    limit: int,
    after: Position | None,
    *,
    begin: datetime | None = None,
    index: str | None = None,
) -> list[Document]:
    """As `looking_back`, in one step: of all times, or from `begin` on; `index` names the one to be used."""
    span: dict[str, Any] = {"$gte": begin} if begin else {}
    asked = query | ({age: span} if span else {})
    if after is not None:
        at, page_id = after
        asked[age] = span | {"$lte": at}
        asked["$or"] = [{age: {"$lt": at}}, {"_id": {"$lt": page_id}}]
    cursor = collection.find(asked).sort([(age, -1), ("_id", -1)]).limit(limit)
    found: list[Document] = await (cursor.hint(index) if index else cursor).to_list()
    return found
