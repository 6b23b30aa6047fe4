"""A row for the result of every page: who was told, by what, when, and what became of it.

Rows are made of what the bus says of pages, in whatever order it comes: what is furthest on (`Row.order`) wins.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pymongo import IndexModel

from services.oncall.escalation.page_row import Row
from shared.mongo import Document, to_document, upsert_newer
from shared.runtime import Runtime

COLLECTION = "pages"


class Pages:
    """The questions that are asked of pages."""

    def __init__(self, runtime: Runtime) -> None:
        self._rows = runtime.database.collection(COLLECTION)
        kept_seconds = runtime.settings.delivery_days * 86_400
        runtime.indexes(
            {
                COLLECTION: [
                    IndexModel([("incident_id", 1), ("requested_at", 1), ("_id", 1)], name="incident"),
                    IndexModel([("requested_at", 1)], name="age", expireAfterSeconds=kept_seconds),
                ]
            }
        )

    async def fold(self, rows: Iterable[Row]) -> None:
        """Take in what is known of pages; a row that is as far on already stays as it is."""
        furthest: dict[str, Row] = {}
        for row in rows:
            if row.page_id not in furthest or row.order > furthest[row.page_id].order:
                furthest[row.page_id] = row
        await upsert_newer(
            self._rows,
            [({"_id": row.page_id, "order": {"$lt": row.order}}, {"$set": _fields(row)}) for row in furthest.values()],
        )

    async def of_incident(self, incident_id: str, after: tuple[datetime, str] | None, limit: int) -> list[Row]:
        """Up to `limit` pages of an incident, the oldest first, behind `after` (asked for at, page id)."""
        query: Document = {"incident_id": incident_id} | ({"requested_at": {"$gte": after[0]}} if after else {})
        found: list[Row] = []
        async for document in self._rows.find(query).sort([("requested_at", 1), ("_id", 1)]):
            row = Row.model_validate({**document, "page_id": document["_id"]})
            if after is None or row.position > after:
                found.append(row)
            if len(found) == limit:
                break
        return found


def _fields(row: Row) -> Document:
    fields = to_document(row)
    del fields["page_id"]
    return {**fields, "order": row.order}
