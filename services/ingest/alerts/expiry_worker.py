"""The worker that finds alerts whose sender has fallen silent: guarded by versions, so any number may sweep at once."""

from __future__ import annotations

from services.ingest.alerts.expiry import expiry_alerts
from services.ingest.alerts.store.heads import Heads
from services.ingest.alerts.writer import AlertWriter
from shared.clocks.clock import Now

BATCH = 500
LOOK_SECONDS = 15.0


class ExpiryWorker:
    """Folds what expires when it is due."""

    def __init__(self, heads: Heads, writer: AlertWriter, clock: Now) -> None:
        self._heads = heads
        self._writer = writer
        self._clock = clock
        self._work = heads.expiry_work(self.sweep, look_seconds=LOOK_SECONDS)

    async def run(self) -> None:
        """Sweep for ever."""
        await self._work.run()

    async def sweep(self) -> bool:
        """Fold what expires by now; True when there may be more."""
        now = self._clock.now()
        found = await self._heads.due_to_expire(now, BATCH)
        await self._writer.fold(expiry_alerts(found, now))
        return len(found) == BATCH
