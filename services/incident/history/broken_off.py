"""The worker that tells of incidents whose import was broken off after they were written, and before they were told."""

from __future__ import annotations

from services.incident.history.store.announcements import Announcements
from services.incident.incidents.store.incidents import Incidents, snapshot
from shared.clocks.clock import Now

BATCH = 10
LOOK_SECONDS = 60.0


class BrokenOffWorker:
    """Sweeps the pieces that should have been told by now."""

    def __init__(self, announcements: Announcements, incidents: Incidents, clock: Now) -> None:
        self._announcements = announcements
        self._incidents = incidents
        self._clock = clock
        self._work = announcements.due_work(self.sweep, look_seconds=LOOK_SECONDS)

    async def run(self) -> None:
        """Sweep for ever."""
        await self._work.run()

    async def sweep(self) -> bool:
        """Tell what is there of each piece as it stands now; whether there may be more."""
        now = self._clock.now()
        due = await self._announcements.due(now, BATCH)
        for one in due:
            found = await self._incidents.by_ids(one.ids)
            imported = [stored.incident for stored in found.values() if stored.incident.imported]
            await self._announcements.tell(one, [snapshot(incident) for incident in imported], now)
        return len(due) == BATCH
