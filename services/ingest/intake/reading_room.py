"""How much is read at once: what the bodies that are being read take of memory has a limit, and so has what waits.

A container of 512 MB (`deploy/compose.yaml`) has 90 MB when ingest rests. Of what is left `BIG_ROOM` and `SMALL_ROOM`
are for bodies from the moment that they are parsed until the broker has their alerts, and `WAITING_ROOM` for the bytes
of those that still come or wait. A body that is as heavy as all of `BIG_ROOM` is read alone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from shared.problem import Problem, unavailable

MEGABYTE = 1024 * 1024
SMALL = 8 * MEGABYTE
"""The weight (`weight`) up to which a body never waits for a heavy one: some 500 KB as Alertmanager writes them."""
SMALL_ROOM = 64 * MEGABYTE
BIG_ROOM = 192 * MEGABYTE
WAITING_ROOM = 80 * MEGABYTE
SHORT = 256 * 1024
"""Bytes; what is no longer comes whole from the gateway, and is never sent away for those that wait."""
PATIENCE_SECONDS = 5.0
"""How long a body waits for its share; the gateway waits 10 s for an answer."""
RETRY_AFTER_SECONDS = 2


class Room:
    """A share of memory; who comes first is served first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._free = size
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, amount: int) -> int:
        """Wait for so much, or for all there is when that is less; what was taken is to be given back."""
        amount = min(amount, self._size)
        if not self._waiting and amount <= self._free:
            self._free -= amount
            return amount
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((amount, turn))
        try:
            await turn
        except asyncio.CancelledError:
            # who gave up may have been called at the same time; else those behind it may be lighter
            self.give(0 if turn.cancelled() else amount)
            raise
        return amount

    def give(self, amount: int) -> None:
        """Give back what was taken."""
        self._free += amount
        while self._waiting:
            wanted, turn = self._waiting[0]
            if not turn.cancelled():
                if wanted > self._free:
                    return
                self._free -= wanted
                turn.set_result(None)
            self._waiting.popleft()


class Waiting:
    """The bytes of one body that comes."""

    def __init__(self, room: ReadingRoom) -> None:
        self._room = room
        self.size = 0

    def add(self, size: int) -> None:
        """More bytes came. Raises a 503 `Problem` when a long body is one too many."""
        self.size += size
        self._room.waiting += size
        if self.size > SHORT and self._room.waiting > WAITING_ROOM:
            raise _refuse_for_now()


class ReadingRoom:
    """What may be read at once in this process."""

    def __init__(self) -> None:
        self._small = Room(SMALL_ROOM)
        self._big = Room(BIG_ROOM)
        self.waiting = 0
        """Bytes of bodies that come, wait or are read."""

    @contextmanager
    def coming(self) -> Iterator[Waiting]:
        """Count the bytes of a body for as long as it is there."""
        one = Waiting(self)
        try:
            yield one
        finally:
            self.waiting -= one.size

    @asynccontextmanager
    async def seat(self, weight: int, patience: float | None = PATIENCE_SECONDS) -> AsyncIterator[None]:
        """Read a body of this weight inside; waits for room, and raises a 503 `Problem` after `patience` seconds."""
        room = self._small if weight <= SMALL else self._big
        try:
            async with asyncio.timeout(patience):
                taken = await room.take(weight)
        except TimeoutError:
            raise _refuse_for_now() from None
        try:
            yield
        finally:
            room.give(taken)


def _refuse_for_now() -> Problem:
    return unavailable("Many large bodies are read just now; send this one again.", RETRY_AFTER_SECONDS)
