"""The worker for incidents whose time has come: a snooze is over, or the last alert ended as long ago as the service
asks and the incident resolves itself.

Nothing is claimed: every decision is guarded by the version it was made on, so of several processes that sweep at once
one writes it and the others lose that race. What lost it is looked at again in the next sweep, if it is still due.
"""

from __future__ import annotations

from services.incident.incidents.store.incidents import Incidents
from services.incident.timers.due import end_due
from shared.clocks.clock import Now
from shared.telemetry.metrics import DUE_LAG

BATCH = 100
LOOK_SECONDS = 15.0


class DueWorker:
    """Sweeps the incidents that are due."""

    def __init__(self, incidents: Incidents, clock: Now) -> None:
        self._incidents = incidents
        self._clock = clock
        self._work = incidents.due_work(self._sweep, look_seconds=LOOK_SECONDS)

    async def run(self) -> None:
        """Sweep for ever."""
        await self._work.run()

    async def _sweep(self) -> bool:
        return await self.sweep() == BATCH

    async def sweep(self) -> int:
        """Decide on what is due, the longest due first; tells how many were written."""
        now = self._clock.now()
        due = await self._incidents.due(now, BATCH)
        for incident in due:
            if incident.due_at is not None:
                DUE_LAG.labels("incidents").observe((now - incident.due_at).total_seconds())
        lost = await self._incidents.commit(end_due(incident, now) for incident in due)
        return len(due) - len(lost)
