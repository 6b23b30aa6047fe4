"""Keeps the services of the catalogue in memory: routing asks for them at every alert.

What this process learns shows at once; what another replica learnt, within a second, by the catalogue's mark.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.ingest.catalogue_copy.routing import Directory
from services.ingest.catalogue_copy.store import Catalogue
from shared.bus.news import Nudges
from shared.events import Event
from shared.process.outliving import log_and_continue

LOOK_SECONDS = 1.0
QUIET_SECONDS = 15.0
"""Between two looks while what other replicas learn is heard of, and nothing is."""
REST_SECONDS = 0.2


class CatalogueCache:
    """`directory` is always the newest that was read."""

    def __init__(self, catalogue: Catalogue, news: Nudges) -> None:
        """`news` of services nudge it."""
        self.directory = Directory()
        self._catalogue = catalogue
        self._mark = -1
        self._news = news

    async def learn(self, events: Sequence[Event]) -> None:
        """Take in what is told of services, and read them again soon."""
        if events:
            await self._catalogue.learn(events)
            self._news.nudge()

    async def refresh(self) -> None:
        """Read the services again if they changed. Raises what the driver raises."""
        mark = await self._catalogue.mark()
        if mark != self._mark:
            self.directory = Directory(await self._catalogue.services())
            self._mark = mark

    async def run(self) -> None:
        """Look for changes, for ever; many changes at once are read together."""
        while True:
            with log_and_continue("the services could not be read"):
                await asyncio.sleep(REST_SECONDS)
                await self._news.wait(deaf_seconds=LOOK_SECONDS, longest_seconds=QUIET_SECONDS)
                await self.refresh()
