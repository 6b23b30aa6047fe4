"""What timelines are still to be told of outputs, `output_lines`: written with the end of a step, gone once told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from services.automation.executions.facts import OUTPUT_LINES_COLLECTION
from shared.due_work import DueWork, earliest
from shared.events.automation import OutputLine
from shared.mongo import IN_LIMIT, Document
from shared.runtime import Runtime
from shared.timers import DUE_INDEX


class OutputLines:
    """The questions that are asked of them."""

    def __init__(self, runtime: Runtime) -> None:
        self._lines = runtime.database.collection(OUTPUT_LINES_COLLECTION)
        self._clock = runtime.clock
        self._relay = runtime.relay
        runtime.indexes({OUTPUT_LINES_COLLECTION: [DUE_INDEX]})

    def due_work(self, tell: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `tell` when there is one."""
        work = DueWork(
            "output lines", tell, first_due=earliest(self._lines), clock=self._clock, look_seconds=look_seconds
        )

        def expect(document: Document) -> None:
            work.expect(document["due_at"])

        self._relay.on_written(OUTPUT_LINES_COLLECTION, expect)
        return work

    async def due(self, now: datetime, limit: int) -> list[OutputLine]:
        """Those that are to be told, the oldest first."""
        found = await self._lines.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit).to_list()
        return [OutputLine.model_validate({**one, "id": one["_id"]}) for one in found]

    async def forget(self, ids: Sequence[str]) -> None:
        """These were told."""
        for start in range(0, len(ids), IN_LIMIT):
            await self._lines.delete_many({"_id": {"$in": list(ids[start : start + IN_LIMIT])}})
