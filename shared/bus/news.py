"""What a process wants to hear at once though another replica consumes it: a nudge to look, never the fact itself.

Each process has a queue of its own that goes with its link. A nudge may be lost with the link, so whoever waits for one
also looks by itself: often while nothing can be heard, seldom while all is heard.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any

from shared.bus.link import Link, broker_call
from shared.bus.topology import EVENTS, Names
from shared.process.outliving import log_and_continue, pause_loop

DECLARE_SECONDS = 10.0
AGAIN_SECONDS = 0.5
MOVING_SECONDS = 5.0
"""After a nudge it is looked often for so long: copies are written and marks moved a little after the event."""
MOST_WAITING = 1
"""One nudge says as much as many."""


class Nudges:
    """For one loop that looks for what changed; by itself it hears of nothing but what this process says."""

    def __init__(self) -> None:
        self._heard = asyncio.Event()
        self._moving_until = 0.0
        self.is_heard = False
        """True while all that happens anywhere is heard of."""

    def nudge(self) -> None:
        """Have whoever waits look now."""
        self._heard.set()

    async def wait(self, *, deaf_seconds: float, longest_seconds: float, gather_seconds: float = 0.0) -> None:
        """Return when something happened, or after one of these times, by whether it could be heard of.

        `gather_seconds`: what follows what happened within this time, is one with it.
        """
        is_quiet = self.is_heard and time.monotonic() > self._moving_until
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest_seconds if is_quiet else deaf_seconds):
                await self._heard.wait()
            self._moving_until = time.monotonic() + MOVING_SECONDS
            await asyncio.sleep(gather_seconds)
        self._heard.clear()


class News(Nudges):
    """Hears of the events by these routing keys, whoever tells them and whoever consumes them."""

    def __init__(self, link: Link, namespace: str, patterns: Sequence[str]) -> None:
        super().__init__()
        self._link = link
        self._names = Names(namespace)
        self._patterns = patterns

    async def run(self) -> None:
        """Listen for ever."""
        while True:
            with log_and_continue("news are listened for again"):
                await self._listen()
            self.is_heard = False
            self.nudge()
            await pause_loop(AGAIN_SECONDS)

    async def _listen(self) -> None:
        channel = await self._link.channel(confirms=False, prefetch=MOST_WAITING)
        closed = asyncio.Event()
        channel.close_callbacks.add(lambda *_: closed.set())
        async with broker_call(DECLARE_SECONDS):
            queue = await channel.declare_queue(
                exclusive=True, auto_delete=True, arguments={"x-max-length": MOST_WAITING, "x-overflow": "drop-head"}
            )
            for pattern in self._patterns:
                await queue.bind(self._names.of(EVENTS), routing_key=pattern)
            await queue.consume(self._hear, no_ack=True)
        # what happened before the queue was bound was not heard
        self.is_heard = True
        self.nudge()
        await closed.wait()
        raise ConnectionError("the link for news broke")

    async def _hear(self, _: Any) -> None:
        self.nudge()
