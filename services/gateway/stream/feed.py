"""The events of the live stream, read from `tocsin.log` once for all readers of this process, while there are some.

What was told within five minutes is kept, so most who come back go on from memory; what is older than that memory but
not too old is read from the log again. A reader that does not keep up is let go, and comes back for the rest. When the
broker has lost the log, all readers are told to read everything again, and the new one is read from then on.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from services.gateway.stream.sse import RESUME_FOR, Position, StreamItem, stream_item
from shared.bus.stream import SILENT_SECONDS, Kept, StreamLost, read_stream
from shared.clocks.clock import Now
from shared.problem import Problem, unavailable
from shared.process.logs import get_logger
from shared.process.outliving import log_and_continue, pause_loop
from shared.settings import Settings

MOST_READERS = 500
MOST_OF_ONE_KEY = 50
"""Of them with one key, so that no key takes all places."""
MOST_WAITING = 1000
"""Events that wait for one slow reader."""
MOST_KEPT = 20_000
LINGER_SECONDS = 60.0
"""The log is read on this long after the last reader left: most come back at once."""
ATTACH_SECONDS = 5.0
CATCH_UP_SECONDS = 2.0
IDLE_SECONDS = 0.5

log = get_logger(__name__)


@dataclass(eq=False)
class Reader:
    """One client: what waits for it."""

    key_id: str = ""
    waiting: deque[StreamItem] = field(default_factory=deque)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    is_lost: bool = False
    """It did not keep up, or the process ends."""
    is_reset: bool = False
    """What it heard before is of a log that is lost; it is to be told."""

    def give(self, item: StreamItem) -> None:
        """Queue one event."""
        if len(self.waiting) >= MOST_WAITING:
            self.is_lost = True
        else:
            self.waiting.append(item)
        self.news.set()

    async def wait(self, seconds: float) -> None:
        """Return when there is news, or after this long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.news.wait()
        self.news.clear()

    def reset(self) -> None:
        """What waits is of a log that is lost."""
        self.waiting.clear()
        self.is_reset = True
        self.news.set()

    def take_reset(self) -> bool:
        """True once after a reset."""
        was, self.is_reset = self.is_reset, False
        return was

    def take(self) -> list[StreamItem]:
        """Everything that waits."""
        taken = list(self.waiting)
        self.waiting.clear()
        return taken


class Feed:
    """Reads the log of events while somebody listens, and gives each reader what was read."""

    def __init__(self, settings: Settings, clock: Now, *, silent_seconds: float = SILENT_SECONDS) -> None:
        """`silent_seconds`: after so long without an event it is looked whether the log is still the same."""
        self._settings = settings
        self._silent_seconds = silent_seconds
        self._clock = clock
        self._readers: set[Reader] = set()
        self._kept: deque[tuple[float, StreamItem]] = deque()
        self._covered_from = 0
        self._next = 0
        self._last: Kept | None = None
        self._is_placed = False
        """It is known where in the log this process reads."""
        self._begun_at: datetime | None = None
        """When the log was found lost: positions from before then mean nothing any more."""
        self._attached = asyncio.Event()
        self._moved = asyncio.Event()
        self._wanted = asyncio.Event()
        self._left_at = 0.0
        self._is_closing = False
        self._catching_up = asyncio.Semaphore(2)

    @property
    def position(self) -> Position:
        """Behind the newest event that was read here."""
        return Position(self._next, self._clock.now())

    @contextlib.contextmanager
    def reader(self, key_id: str) -> Iterator[Reader]:
        """A place for one client with this key. Raises a `Problem`: 429 when the key has as many as one may have, 503
        when there is none for anybody.
        """
        if sum(one.key_id == key_id for one in self._readers) >= MOST_OF_ONE_KEY:
            words = f"With one key {MOST_OF_ONE_KEY} clients may listen at once."
            raise Problem(429, "too_many_streams", words, headers={"Retry-After": "5"})
        if len(self._readers) >= MOST_READERS or self._is_closing:
            raise unavailable("As many clients as may be listen already.", 5)
        one = Reader(key_id)
        self._readers.add(one)
        self._wanted.set()
        try:
            yield one
        finally:
            self._readers.discard(one)
            self._left_at = time.monotonic()

    async def wait_attached(self) -> None:
        """Return when the log is being read. Raises a 503 `Problem` when the broker does not answer."""
        try:
            async with asyncio.timeout(ATTACH_SECONDS):
                await self._attached.wait()
        except TimeoutError as error:
            raise unavailable("The live stream can't be read just now.", 5) from error

    async def since(self, position: Position) -> list[StreamItem] | None:
        """What was told from a position to now; None when that is not known any more."""
        if self._begun_at is not None and position.at <= self._begun_at:
            return None
        try:
            async with asyncio.timeout(CATCH_UP_SECONDS):
                while position.offset > self._next:  # another replica was faster
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            return None
        missed: list[StreamItem] = []
        if position.offset < self._covered_from:
            found = await self._read_again(position.offset, self._covered_from)
            if found is None:
                return None
            missed = found
        return missed + [item for _, item in self._kept if item.offset >= position.offset]

    async def _read_again(self, start: int, end: int) -> list[StreamItem] | None:
        found: list[StreamItem] = []
        async with self._catching_up:
            try:
                async with contextlib.aclosing(read_stream(self._settings, start, idle_seconds=IDLE_SECONDS)) as stream:
                    async for kept in stream:
                        if kept.offset >= end:
                            break
                        item = stream_item(kept.offset, kept.event)
                        if item is not None:
                            found.append(item)
                        if len(found) > MOST_KEPT:
                            return None
            except (ConnectionError, TimeoutError, StreamLost):
                return None
        return found

    async def run(self) -> None:
        """Read for ever, while somebody listens."""
        while True:
            pause = 1.0
            with log_and_continue("the live stream can't be read"):
                await self._wanted.wait()
                try:
                    await self._read()
                except StreamLost as error:
                    log.warning("the log is lost; readers read everything again", error=str(error))
                    self._begin_anew()
                pause = 0
            await pause_loop(pause)

    async def _read(self) -> None:
        """Read until nobody has listened for a while. The log's last chunk comes first: then reading works."""
        reading_on = read_stream(
            self._settings, "last", idle_seconds=None, silent_seconds=self._silent_seconds, after=self._last
        )
        async with contextlib.aclosing(reading_on) as stream:
            reading = asyncio.create_task(self._take_in(stream))
            try:
                while not reading.done() and not self._is_idle():
                    await asyncio.wait({reading}, timeout=1.0)
                if reading.done():
                    await reading
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
        if self._is_idle():
            self._wanted.clear()
            self._attached.clear()
            self._forget()

    def _begin_anew(self) -> None:
        self._begun_at = self._clock.now()
        self._forget()
        for reader in self._readers:
            reader.reset()

    def _forget(self) -> None:
        self._kept.clear()
        self._next = self._covered_from = 0
        self._last = None
        self._is_placed = False

    def _is_idle(self) -> bool:
        return not self._readers and time.monotonic() - self._left_at > LINGER_SECONDS

    async def _take_in(self, stream: AsyncIterator[Kept]) -> None:
        async for kept in stream:
            if not self._is_placed:
                self._covered_from = kept.offset
                self._is_placed = True
            self._last = kept
            item = stream_item(kept.offset, kept.event)
            self._next = max(self._next, kept.offset + 1)
            if item is not None:
                self._keep(item)
                for reader in tuple(self._readers):
                    reader.give(item)
            self._attached.set()
            self._moved.set()

    def _keep(self, item: StreamItem) -> None:
        now = time.monotonic()
        self._kept.append((now, item))
        oldest = now - RESUME_FOR.total_seconds()
        while self._kept and (self._kept[0][0] < oldest or len(self._kept) > MOST_KEPT):
            self._covered_from = self._kept.popleft()[1].offset + 1

    async def close(self) -> None:
        """End all streams, as the process ends."""
        self._is_closing = True
        for reader in self._readers:
            reader.is_lost = True
            reader.news.set()
