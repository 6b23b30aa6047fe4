"""A script's output on its way to who keeps it: counted, cut at its limit, never a reason for the script to fail."""

from __future__ import annotations

import asyncio

from services.automation.scripts.place import OutputSink
from shared.process.logs import get_logger

CUT_PAUSE_SECONDS = 0.02
"""After each piece that is thrown away: a script that floods its output waits for us, and not we for it."""

log = get_logger(__name__)


class CappedOutput:
    """Takes pieces of output; what is over the limit is read and thrown away."""

    def __init__(self, sink: OutputSink, most_bytes: int) -> None:
        self._sink = sink
        self._left = most_bytes
        self.is_cut = False
        self.is_lost = False
        """True when the sink failed: what came from then on is kept by nobody."""

    async def take(self, piece: bytes) -> None:
        """Hand a piece on, as far as there is room."""
        kept = piece[: self._left]
        self._left -= len(kept)
        if kept and not self.is_lost:
            try:
                await self._sink.write(kept)
            except Exception as error:  # noqa: BLE001 - whatever keeps output may fail, and the script runs on
                self.is_lost = True
                log.warning("a script's output is not kept any more", error=repr(error)[:300])
        if len(kept) < len(piece):
            self.is_cut = True
            await asyncio.sleep(CUT_PAUSE_SECONDS)
