"""Keeps the services of the catalogue in memory: routing asks for them at every alert.

What this process learns shows at once; what another replica learnt, within a second, by the catalogue's mark.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.ingest.routing import Directory
from services.ingest.store.catalogue import Catalogue
from shared.events import Event
from shared.failures import is_dependency_failure
from shared.logs import get_logger

LOOK_SECONDS = 1.0
REST_SECONDS = 0.2

log = get_logger(__name__)


class DirectoryKeeper:
    """`directory` is always the newest that was read."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.directory = Directory()
        self._catalogue = catalogue
        self._mark = -1
        self._changed = asyncio.Event()

    async def learn(self, events: Sequence[Event]) -> None:
        """Take in what is told of services, and read them again soon."""
        if events:
            await self._catalogue.learn(events)
            self._changed.set()

    async def refresh(self) -> None:
        """Read the services again if they changed. Raises what the driver raises."""
        mark = await self._catalogue.mark()
        if mark != self._mark:
            self.directory = Directory(await self._catalogue.services())
            self._mark = mark

    async def run(self) -> None:
        """Look for changes, for ever; many changes at once are read together."""
        while True:
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                pass
            self._changed.clear()
            try:
                await self.refresh()
            except Exception as error:
                if not is_dependency_failure(error):
                    raise
                log.warning("the services could not be read", error=repr(error)[:200])
            await asyncio.sleep(REST_SECONDS)
