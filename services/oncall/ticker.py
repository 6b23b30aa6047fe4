"""The clock of all escalations: claims what is due, decides, and writes it; a step is never lost and never doubled.

What it claimed it has read whole, so a batch costs one write more. A write that lost its race is decided again on what
is stored then; an answer that came first has left nothing due.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.oncall.store.directory import DirectoryStore
from services.oncall.store.escalations import Decided, Escalations, Kept, read
from services.oncall.ticking import tick
from shared.aggregates import settle_races
from shared.clock import Now
from shared.mongo import Document
from shared.timers import DueTimer

BATCH = 200
POLL_SECONDS = 0.25


class Ticker:
    """Sweeps the escalations that are due."""

    def __init__(self, escalations: Escalations, directory: DirectoryStore, clock: Now) -> None:
        self._escalations = escalations
        self._directory = directory
        self._clock = clock
        self.timer = DueTimer(
            "escalations", escalations.collection, clock, self.handle, batch=BATCH, poll_seconds=POLL_SECONDS
        )

    async def handle(self, claimed: Sequence[Document]) -> None:
        """Decide on escalations whose time has come."""
        known: dict[str, Kept] = {document["_id"]: read(document) for document in claimed}

        async def attempt() -> set[str]:
            nonlocal known
            lost = await self._escalations.commit(self._decide(known))
            known = await self._escalations.get(sorted(lost)) if lost else {}
            return lost

        await settle_races(attempt)

    def _decide(self, known: Mapping[str, Kept]) -> dict[str, Decided]:
        now = self._clock.now()
        return {
            key: Decided(before, tick(before.escalation, self._directory.now, now))
            for key, before in known.items()
            if before.escalation.due_at is not None and before.escalation.due_at <= now
        }
