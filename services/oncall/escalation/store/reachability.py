"""Of each contact method when a page by it last arrived and when one last failed for good, in whatever order told.

A failure is written at once. An arrival is written at once where none was written of late, or a failure since; of the
arrivals that follow each other only the last one within `REST` is, a little later: they all say the same. What a killed
process kept back so was an arrival by a method that had arrived just before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from services.oncall.escalation.page_row import Row
from shared.events.oncall import PageState
from shared.mongo import DUPLICATE_KEY
from shared.process.outliving import log_and_continue, pause_loop
from shared.runtime import Runtime

COLLECTION = "contact_results"
REST = timedelta(seconds=30)
REMEMBERED = 10_000
_ARRIVED = (PageState.SENT, PageState.DELIVERED)

Method = tuple[str, str]
"""A person's id and the id of one of their contact methods."""


class Reachability:
    """The questions that are asked of it."""

    def __init__(self, runtime: Runtime) -> None:
        self._methods = runtime.database.collection(COLLECTION)
        self._written: dict[Method, datetime] = {}
        """The arrival that this process wrote last, of methods that have not failed since as far as it was told."""
        self._kept_back: dict[Method, datetime] = {}

    async def fold(self, rows: Iterable[Row]) -> None:
        """Take in what became of pages."""
        arrived: dict[Method, datetime] = {}
        failed: dict[Method, datetime] = {}
        for row in rows:
            known = arrived if row.state in _ARRIVED else failed if row.permanent else None
            if known is not None:
                key = (row.user_id, row.method_id)
                known[key] = max(row.at, known.get(key, row.at))
        for key in failed:
            self._written.pop(key, None)
            if (kept_back := self._kept_back.get(key)) is not None:
                arrived[key] = max(kept_back, arrived.get(key, kept_back))
        later = {key: at for key, at in arrived.items() if key in self._written and at - self._written[key] < REST}
        await self._write({key: at for key, at in arrived.items() if key not in later}, failed)
        for key in failed:
            self._kept_back.pop(key, None)
        self._kept_back |= {key: max(at, self._kept_back.get(key, at)) for key, at in later.items()}

    async def write_kept_back(self) -> None:
        """Write the arrivals that were kept back."""
        kept_back, self._kept_back = self._kept_back, {}
        try:
            await self._write(kept_back, {})
        except BaseException:
            self._kept_back = kept_back | self._kept_back
            raise

    async def find_failing(self) -> dict[str, set[str]]:
        """By person the ids of the methods whose last page failed for good."""
        await self.write_kept_back()
        found: dict[str, set[str]] = {}
        async for document in self._methods.find({}):
            failed, arrived = document.get("failed_at"), document.get("arrived_at")
            if failed is not None and (arrived is None or arrived < failed):
                found.setdefault(document["user_id"], set()).add(document["method_id"])
        return found

    async def run(self) -> None:
        """Write what was kept back now and then, for ever."""
        while True:
            await pause_loop(REST.total_seconds())
            with log_and_continue("arrivals are written later"):
                await self.write_kept_back()

    async def _write(self, arrived: Mapping[Method, datetime], failed: Mapping[Method, datetime]) -> None:
        writes = [
            UpdateOne(
                {"_id": f"{user}/{method}"},
                {"$max": {field: at}, "$setOnInsert": {"user_id": user, "method_id": method}},
                upsert=True,
            )
            for field, results in (("arrived_at", arrived), ("failed_at", failed))
            for (user, method), at in sorted(results.items())
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
        if len(self._written) > REMEMBERED:
            self._written.clear()
        self._written |= {key: at for key, at in arrived.items() if key not in failed}
