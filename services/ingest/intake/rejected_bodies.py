"""Writes malformed bodies aside while their senders are already answered; what comes too fast is let go."""

from __future__ import annotations

import asyncio

from services.ingest.intake.store import Malformed, MalformedBodies
from shared.process.outliving import log_and_continue

WAITING = 100


class RejectedBodies:
    """Refused bodies of this process that wait to be kept."""

    def __init__(self, bodies: MalformedBodies) -> None:
        self._bodies = bodies
        self._queue: asyncio.Queue[Malformed] = asyncio.Queue(WAITING)

    def keep(self, one: Malformed) -> None:
        """Keep this body soon, unless too many wait."""
        if not self._queue.full():
            self._queue.put_nowait(one)

    async def run(self) -> None:
        """Write what waits, for ever; a body that can't be written is not worth a process."""
        while True:
            with log_and_continue("a malformed body was not kept"):
                await self._bodies.keep(await self._queue.get())
