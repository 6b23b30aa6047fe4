"""How long an event loop stood still: what everybody else in the process had to wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LOOK_SECONDS = 0.002


class Turning:
    """One watch."""

    def __init__(self) -> None:
        self._began = self._seen = time.monotonic()
        self._longest = 0.0

    def look(self) -> None:
        """The loop has just turned."""
        self._longest, self._seen = self.stood, time.monotonic()

    @property
    def stood(self) -> float:
        """Seconds: the longest time in which nothing else had a turn, up to now."""
        return max(self._longest, time.monotonic() - self._seen)

    @property
    def share(self) -> float:
        """The longest standstill as a part of the whole watch: near 1 when all was done at one go."""
        return self.stood / (time.monotonic() - self._began)


@asynccontextmanager
async def watched_loop() -> AsyncIterator[Turning]:
    """Watch the running loop; to be asked inside."""
    watch = Turning()

    async def look() -> None:
        while True:
            watch.look()
            await asyncio.sleep(LOOK_SECONDS)

    looking = asyncio.create_task(look())
    try:
        yield watch
    finally:
        looking.cancel()
