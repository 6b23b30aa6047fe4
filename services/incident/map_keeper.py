"""Keeps the map of the services in memory: incidents are opened and lists are answered without asking for it.

What is changed through this process shows at once; what another replica changed, by the catalogue's mark: within half a
second where nobody asks, at once where an answer must be exact (`fresh`).
"""

from __future__ import annotations

import asyncio

from services.incident.dependency_map import ServiceMap
from services.incident.store.catalogue import Catalogue
from shared.outliving import outlived

LOOK_SECONDS = 0.5


class MapKeeper:
    """`map` is always the newest that was read."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.map = ServiceMap()
        self._catalogue = catalogue
        self._moved = -1
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        """Read it for the first time, and let other replicas read what a process that died may not have told."""
        await self._catalogue.marks.move_all()
        await self.refresh()

    async def fresh(self) -> ServiceMap:
        """The map as the catalogue is now. Raises what the driver raises."""
        await self.refresh()
        return self.map

    async def refresh(self) -> None:
        """Read what changed since. What changes meanwhile moves the mark again, so nothing is missed."""
        async with self._lock:
            mark = await self._catalogue.marks.read()
            changed = mark.since(self._moved)
            if changed is None:
                services = await self._catalogue.all()
                self.map = await asyncio.to_thread(ServiceMap().with_changes, services)
            elif changed:
                self.map = self.map.with_changes(await self._catalogue.by_ids(changed))
            self._moved = mark.moved

    async def run(self) -> None:
        """Look for changes, for ever."""
        while True:
            with outlived("the map is read again"):
                await self._catalogue.marks.pay()
                await self.refresh()
            await asyncio.sleep(LOOK_SECONDS)
