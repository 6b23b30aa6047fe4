"""Of each contact method when a page by it last arrived and when one last failed for good, in whatever order told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from services.oncall.escalation.page_row import Row
from shared.events.oncall import PageState
from shared.mongo import DUPLICATE_KEY
from shared.runtime import Runtime

COLLECTION = "contact_results"
_ARRIVED = (PageState.SENT, PageState.DELIVERED)


class Reachability:
    """The questions that are asked of it."""

    def __init__(self, runtime: Runtime) -> None:
        self._methods = runtime.database.collection(COLLECTION)

    async def fold(self, rows: Iterable[Row]) -> None:
        """Take in what became of pages."""
        newest: dict[tuple[str, str, str], datetime] = {}
        for row in rows:
            field = "arrived_at" if row.state in _ARRIVED else "failed_at" if row.permanent else None
            if field is not None:
                key = (row.user_id, row.method_id, field)
                newest[key] = max(row.at, newest.get(key, row.at))
        writes = [
            UpdateOne(
                {"_id": f"{user}/{method}"},
                {"$max": {field: at}, "$setOnInsert": {"user_id": user, "method_id": method}},
                upsert=True,
            )
            for (user, method, field), at in sorted(newest.items())
        ]
        while writes:
            try:
                await self._methods.bulk_write(writes, ordered=False)
                break
            except BulkWriteError as error:
                failures = error.details["writeErrors"]
                if any(failure["code"] != DUPLICATE_KEY for failure in failures):
                    raise
                # another process met the method for the first time at the same instant: now it is there
                writes = [writes[failure["index"]] for failure in failures]

    async def failing(self) -> dict[str, set[str]]:
        """By person the ids of the methods whose last page failed for good."""
        found: dict[str, set[str]] = {}
        async for document in self._methods.find({}):
            failed, arrived = document.get("failed_at"), document.get("arrived_at")
            if failed is not None and (arrived is None or arrived < failed):
                found.setdefault(document["user_id"], set()).add(document["method_id"])
        return found
