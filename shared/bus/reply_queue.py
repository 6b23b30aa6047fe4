"""A queue for answers to one process: it goes with the process, and holds a few batches at most."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aio_pika.abc import AbstractIncomingMessage

from shared.bus.link import Link
from shared.bus.publisher import Publisher
from shared.bus.topology import Names
from shared.events import Event, Undecodable, read
from shared.settings import Settings

PREFETCH = 1000
REACH_SECONDS = 15.0


class ReplyQueue:
    """What others put into the queue of this name (a short name), and the way to ask them."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        self._waiting: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        self._taken: AbstractIncomingMessage | None = None

    async def take(self, most: int, *, seconds: float) -> list[Event]:
        """Up to so many answers, as soon as there is one; what is no event is left out.

        What was taken before counts as dealt with. Raises `TimeoutError` when nothing comes in time.
        """
        if self._taken is not None:
            await self._taken.ack(multiple=True)
            self._taken = None
        async with asyncio.timeout(seconds):
            messages = [await self._waiting.get()]
        while len(messages) < most and not self._waiting.empty():
            messages.append(self._waiting.get_nowait())
        self._taken = messages[-1]
        found = []
        for message in messages:
            with contextlib.suppress(Undecodable):
                found.append(read(message.body))
        return found

    async def hear(self, message: AbstractIncomingMessage) -> None:
        """Keep a message until it is taken."""
        self._waiting.put_nowait(message)


@contextlib.asynccontextmanager
async def open_reply_queue(settings: Settings, name: str) -> AsyncIterator[ReplyQueue]:
    """The queue, as long as it is used. Raises `ConnectionError` without a broker, and when another has the queue."""
    link = Link(settings, name)
    running = asyncio.create_task(link.run())
    try:
        publisher = Publisher(link, settings)
        await publisher.ready(REACH_SECONDS)
        channel = await link.channel(confirms=False, prefetch=PREFETCH)
        queue = await channel.declare_queue(Names(settings.namespace).of(name), exclusive=True, auto_delete=True)
        replies = ReplyQueue(publisher)
        await queue.consume(replies.hear)
        yield replies
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await link.close()
