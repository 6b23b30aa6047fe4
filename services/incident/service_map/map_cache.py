"""Keeps the map of the services in memory: incidents are opened and lists are answered without asking for it.

What is changed through this process shows at once; what another replica changed, by the catalogue's mark: within half a
second where nobody asks, at once where an answer must be exact (`fresh`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from services.incident.catalogue.export import FileEntry
from services.incident.catalogue.service_definition import Service, is_shown
from services.incident.catalogue.store.services import Catalogue
from services.incident.service_map.graph import ServiceMap
from shared.bus.news import Nudges
from shared.process.outliving import log_and_continue

LOOK_SECONDS = 0.3
REST_SECONDS = 0.2
QUIET_SECONDS = 15.0
"""Between two looks while changes of other replicas are heard of, and there are none."""
FEW = 20
"""So many changed services are taken in within some milliseconds; more of them beside the event loop."""


class MapCache:
    """`map` is always the newest that was read, and `entries` is what the catalogue's file says of its services.

    Neither ever changes: what changes in the catalogue makes others, both at the same time.
    """

    def __init__(self, catalogue: Catalogue, news: Nudges) -> None:
        """`news` of services nudge it."""
        self.map = ServiceMap()
        self.entries: Mapping[str, FileEntry] = {}
        self._catalogue = catalogue
        self._news = news
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
                self.map, self.entries = await asyncio.to_thread(_take_in, ServiceMap(), {}, services)
            elif changed:
                services = await self._catalogue.by_ids(changed)
                if len(services) > FEW:
                    self.map, self.entries = await asyncio.to_thread(_take_in, self.map, self.entries, services)
                else:
                    self.map, self.entries = _take_in(self.map, self.entries, services)
            self._moved = mark.moved

    async def run(self) -> None:
        """Look for changes, for ever."""
        while True:
            with log_and_continue("the map is read again"):
                await self._catalogue.marks.pay()
                await self.refresh()
            await asyncio.sleep(REST_SECONDS)
            await self._news.wait(deaf_seconds=LOOK_SECONDS, longest_seconds=QUIET_SECONDS)


def _take_in(
    known: ServiceMap, entries: Mapping[str, FileEntry], services: Iterable[Service]
) -> tuple[ServiceMap, Mapping[str, FileEntry]]:
    """The map and the entries after these services took the place of what was known of them."""
    changed = list(services)
    kept = dict(entries)
    for service in changed:
        kept.pop(service.id, None)
        if is_shown(service):
            kept[service.id] = FileEntry.of(service)
    return known.with_changes(changed), kept
