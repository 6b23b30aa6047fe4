"""Looks for what was forgotten, among open incidents and drills that are over."""

from __future__ import annotations

from services.oncall.directory.store import DirectoryStore
from services.oncall.drills.store import Drills
from services.oncall.escalation.store.escalations import Escalations
from services.oncall.stale.stale_items import ended_overrides, forgotten_drill
from shared.clocks.clock import Now
from shared.events.control import StaleItem
from shared.process.off_loop import OffLoop


class StaleFinder:
    """Asks the stores, and writes nothing."""

    def __init__(self, escalations: Escalations, drills: Drills, directory: DirectoryStore, clock: Now) -> None:
        self._escalations = escalations
        self._drills = drills
        self._directory = directory
        self._clock = clock
        self._off_loop = OffLoop()

    async def find(self) -> list[StaleItem]:
        """All of it."""
        now, directory = self._clock.now(), self._directory.now.freeze()
        opened = await self._escalations.find_open()
        found = await self._off_loop.run(lambda: list(ended_overrides(opened, directory, now)))
        return [*found, *(forgotten_drill(one) for one in await self._drills.forgotten())]
