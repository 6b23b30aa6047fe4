"""Keeps one process's table: read from the copies at the start, then following what any replica writes to them.

Whoever asks gets what was written a moment ago. Reading and computing take turns in one thread beside the event loop,
so that no figure is made of a table that changes meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from services.analytics.table.store.copies import CountedCopies
from services.analytics.table.store.taking import take_documents
from services.analytics.table.table import Table
from shared.bus.news import Nudges
from shared.process.off_loop import OffLoop
from shared.process.outliving import log_and_continue

LOOK_SECONDS, REST_SECONDS = 15.0, 60.0
"""Between two looks that nobody asked for: while nothing can be heard, and while all is quiet."""
GATHER_SECONDS = 1.5
"""Between hearing that something was told and looking at the copies, which are written a second after it."""
FRESH_SECONDS = 0.5
"""What was looked at so lately is not looked at again because somebody asks."""
PATIENCE_SECONDS = 0.2
"""So long an answer waits for a look at what was written; after it, it is of what was known before."""
_NEARLY = 0.99

P = ParamSpec("P")
T = TypeVar("T")


class TableUpkeep:
    """One process's table."""

    def __init__(self, copies: CountedCopies, nudges: Nudges) -> None:
        self._copies = copies
        self._nudges = nudges
        self._table = Table()
        self._turns = OffLoop()
        self._looking = asyncio.Lock()
        self._look: asyncio.Task[None] | None = None
        self._read = self._there = 0
        self._fresh_until = 0.0
        self._rebuilds = 0
        self.is_complete = False
        """All that was written when the process began is in it."""

    @property
    def progress(self) -> float:
        """About which share of what there was has been read, 1 when the table is complete."""
        return 1.0 if self.is_complete else min(self._read / max(self._there, 1), _NEARLY)

    async def ask(self, compute: Callable[Concatenate[Table, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `compute` makes of the table, with what is written by now if that takes a moment only."""
        if time.monotonic() > self._fresh_until:
            if self._look is None or self._look.done():
                self._look = asyncio.create_task(self.follow())
            look = self._look
            await asyncio.wait([look], timeout=PATIENCE_SECONDS)
            if look.done():
                look.result()
        return await self._turns.run(compute, self._table, *args, **kwargs)

    async def run(self) -> None:
        """Follow what is written, for ever."""
        while True:
            with log_and_continue("what is counted is read again"):
                await self.follow()
            with contextlib.suppress(TimeoutError):
                await self._nudges.wait(
                    deaf_seconds=LOOK_SECONDS, longest_seconds=REST_SECONDS, gather_seconds=GATHER_SECONDS
                )

    async def follow(self) -> None:
        """Take in what was written since the last look."""
        async with self._looking:
            rebuilds = await self._copies.rebuilds()
            if rebuilds != self._rebuilds:
                self._table, self._rebuilds, self.is_complete, self._read = Table(), rebuilds, False, 0
                self._copies.begin()
            if not self.is_complete:
                self._there = await self._copies.count()
            async for copy, documents in self._copies.look():
                await self._turns.run(take_documents, self._table, copy, documents)
                self._read += len(documents)
            self.is_complete = True
            self._fresh_until = time.monotonic() + FRESH_SECONDS
