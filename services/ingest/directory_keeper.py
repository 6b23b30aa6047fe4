"""Keeps the services of the catalogue in memory: routing asks for them at every alert.

What this process learns shows at once; what another replica learnt, within a second, by the catalogue's mark.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from services.ingest.routing import Directory
from services.ingest.store.catalogue import Catalogue
from shared.events import Event
from shared.outliving import outlived

LOOK_SECONDS = 1.0
REST_SECONDS = 0.2


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
            with outlived("the services could not be read"):
                await asyncio.sleep(REST_SECONDS)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._changed.wait()
                self._changed.clear()
                await self.refresh()
