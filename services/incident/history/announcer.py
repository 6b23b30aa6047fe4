"""The worker that tells of imported incidents, a piece at a time, when they are written.

While rows are being taken it tells slowly, so that who sends them does not wait for all who hear of them: storing a row
costs less than half of what it costs all together. What a process left behind that died is told when it is due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from services.incident.history.store.announcements import Announcements
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.incidents.store.incidents import Incidents, snapshot
from shared.clocks.clock import Now
from shared.events import Event

BATCH = 5
LOOK_SECONDS = 15.0
PAUSE_SECONDS = 0.8
"""After each piece, while an import is under way: a hundred rows a second or so are told meanwhile."""


class Announcer:
    """Sweeps the pieces that are to be told."""

    def __init__(
        self, announcements: Announcements, incidents: Incidents, clock: Now, *, is_busy: Callable[[], bool]
    ) -> None:
        self._announcements = announcements
        self._incidents = incidents
        self._clock = clock
        self._is_busy = is_busy
        self._work = announcements.due_work(self.sweep, look_seconds=LOOK_SECONDS)

    async def run(self) -> None:
        """Sweep for ever."""
        await self._work.run()

    async def sweep(self) -> bool:
        """Tell what is there of each piece, the longest due first; whether there may be more."""
        due = await self._announcements.due(self._clock.now(), BATCH)
        for one in due:
            now = self._clock.now()
            found = await self._incidents.by_ids(one.ids)
            events = [_event(stored.incident, now) for stored in found.values() if stored.incident.imported]
            await self._announcements.tell(one, events, now)
            if self._is_busy():
                await asyncio.sleep(PAUSE_SECONDS)
        return len(due) == BATCH


def _event(incident: Incident, now: datetime) -> Event:
    """That it was opened; of one that somebody has changed since, how it stands."""
    return Edit(None, incident, now).event() if incident.version == 1 else snapshot(incident)
