"""Work that falls due: documents with a due time, looked for when there is a reason to.

A process sleeps until the next due time that it knows. It knows those that it wrote itself (`expect`) and those that it
saw when it last looked; it looks every `look_seconds` for what others wrote or left, and at its start. What is found
is decided and committed by the sweep, guarded by versions, so that of several processes that sweep at once one writes;
a process that dies leaves what is due to whoever looks next. Times are the database's (`shared.clocks.clock`).
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from shared.clocks.clock import Now, longest_nap
from shared.mongo import Collection, Document
from shared.outbox.aggregates import Aggregates
from shared.process.outliving import log_and_continue, pause_loop

AGAIN_SECONDS = 0.4
"""After a sweep that failed, and before what stays due is looked at again."""
SHORTEST_SECONDS = 0.2
"""Between two sweeps. What stays due, though nobody takes it, is looked at more and more seldom, up to a second."""
LONGEST_SECONDS = 1.0


class DueWork:
    """One kind of due work of one process. `sweep` takes up what is due, and says whether there may be more at once."""

    def __init__(
        self,
        timer: str,
        sweep: Callable[[], Awaitable[bool]],
        *,
        first_due: Callable[[], Awaitable[datetime | None]],
        clock: Now,
        look_seconds: float,
    ) -> None:
        """`timer` names it in the log; `first_due` tells the earliest due time that is stored, None for none."""
        self._timer = timer
        self._sweep = sweep
        self._first_due = first_due
        self._clock = clock
        self._look_seconds = look_seconds
        self._next: datetime | None = None
        self._soon: datetime | None = None
        self.is_own = False
        """True in a sweep that takes up what this process wrote, due sooner than others may have seen it."""
        self._stays: datetime | None = None
        """The earliest due time of what was left by the last sweep."""
        self._nap_seconds = SHORTEST_SECONDS
        self._wake = asyncio.Event()

    @classmethod
    def of(
        cls,
        aggregates: Aggregates,
        timer: str,
        sweep: Callable[[], Awaitable[bool]],
        *,
        clock: Now,
        look_seconds: float,
        field: str = "due_at",
    ) -> DueWork:
        """Of a collection of aggregates, which has an index on `field`; it expects what is written there."""
        first_due = earliest(aggregates.collection, field)
        work = cls(timer, sweep, first_due=first_due, clock=clock, look_seconds=look_seconds)
        aggregates.on_due(field, work.expect)
        return work

    def expect(self, at: datetime | None) -> None:
        """Say that this process wrote something that falls due at this time; None for what never does."""
        if at is None:
            return
        if at - self._clock.now() <= timedelta(seconds=self._look_seconds):
            self._soon = at if self._soon is None else min(at, self._soon)
        self._know(at)

    def _know(self, at: datetime) -> None:
        if self._next is None or at < self._next:
            self._next = at
            self._wake.set()

    async def run(self) -> None:
        """Take up what falls due, for ever. A failure of the database is waited out, and so is any other."""
        while True:
            succeeded = False
            with log_and_continue("due work is tried again", timer=self._timer):
                await self._round()
                succeeded = True
            if not succeeded:
                await pause_loop(random.uniform(0.5, 1) * AGAIN_SECONDS)  # noqa: S311 - jitter, not a secret

    async def _round(self) -> None:
        """Take up what is due, and wait until something may be."""
        if self._is_known_due() or await self._look() is not None:
            await self._take_up()
            await asyncio.sleep(random.uniform(0.5, 1) * self._nap_seconds)  # noqa: S311 - jitter, not a secret
            if self._stays is not None:
                return
        await self._wait(random.uniform(0.85, 1) * self._look_seconds)  # noqa: S311 - jitter, not a secret

    async def _take_up(self) -> None:
        """Sweep, and see what stays due: the longer nobody takes it, the longer is the nap."""
        await self._sweep_all()
        left = await self._look()
        is_stuck = left is not None and left == self._stays
        self._nap_seconds = min(self._nap_seconds * 1.5, LONGEST_SECONDS) if is_stuck else SHORTEST_SECONDS
        self._stays = left

    def _is_known_due(self) -> bool:
        return self._next is not None and self._next <= self._clock.now()

    async def _look(self) -> datetime | None:
        """The earliest due time that is stored, if it has come."""
        first = await self._first_due()
        if first is not None:
            self._know(first)
        return first if first is not None and first <= self._clock.now() else None

    async def _sweep_all(self) -> None:
        self.is_own = self._soon is not None and self._soon <= self._clock.now()
        if self.is_own:
            self._soon = None
        self._next = None
        while await self._sweep():
            pass

    async def _wait(self, longest: float) -> None:
        """Return when something falls due, or after `longest` seconds."""
        until = time.monotonic() + longest
        while (left := until - time.monotonic()) > 0:
            self._wake.clear()
            if self._next is not None:
                left = min(left, (self._next - self._clock.now()) / timedelta(seconds=1))
                if left <= 0:
                    return
            try:
                async with asyncio.timeout(min(left, longest_nap(self._clock))):
                    await self._wake.wait()
            except TimeoutError:
                continue


def earliest(
    collection: Collection, field: str = "due_at", among: Document | None = None
) -> Callable[[], Awaitable[datetime | None]]:
    """How to ask for the earliest time of an indexed field, `among` these documents; those without it are not due."""

    async def ask() -> datetime | None:
        found = await collection.find_one(
            {**(among or {}), field: {"$gt": NEVER}}, projection={field: True, "_id": False}, sort=[(field, 1)]
        )
        return found[field] if found is not None else None

    return ask


NEVER = datetime.fromisoformat("0001-01-02T00:00:00+00:00")
"""Before every time that anything may fall due at; by it a query meets the index."""
