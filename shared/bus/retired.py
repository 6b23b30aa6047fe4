"""Queues of earlier versions: unbound, emptied by those who do their work now, and removed.

A new version gives one queue's work to others. What still waits in the old one at the upgrade is handled as it was
before, by this version; new events reach its new queues, which are bound before the old one is unbound, so nothing is
lost and some events are handled twice, as any may be. While a process of the earlier version still runs it may consume
the old queue, and whichever process of it connects declares and binds it anew: so the queue is removed only when nobody
consumes it, and looked for as long as the process runs.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractQueue

from shared.bus.consumer import Consumer
from shared.bus.link import Link, broker_call
from shared.bus.topology import EVENTS, Names, Queue
from shared.process.logs import get_logger
from shared.process.outliving import log_and_continue
from shared.settings import Settings

log = get_logger(__name__)

LOOK_SECONDS = 0.5
QUIET_LOOKS = 3
"""So often in a row nothing waits, and nothing is in hand, before this process lets go of the queue."""
AGAIN_SECONDS = 30.0
"""How often an old queue that is not there is looked for: a process of an earlier version may have made it anew."""


class RetiredQueue:
    """Empties one old queue with consumers that `make` makes, and removes it; for ever, as it may come again."""

    def __init__(
        self,
        link: Link,
        settings: Settings,
        queue: Queue,
        make: Callable[[], Consumer[Any]],
        *,
        again_seconds: float = AGAIN_SECONDS,
    ) -> None:
        """`queue` has the bindings that it had."""
        self._link = link
        self._queue = queue
        self._of = Names(settings.namespace).of
        self._make = make
        self._again_seconds = again_seconds
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()
        self._stopped.set()

    async def run(self) -> None:
        """Look for the queue until `stop`; where it is there, empty it and remove it."""
        self._stopped.clear()
        try:
            while not self._stopping.is_set():
                with log_and_continue("an old queue is emptied later", queue=self._queue.name):
                    if await self._unbound():
                        await self._empty()
                        await self._remove_unless_used()
                await self._pause(self._again_seconds * random.uniform(0.7, 1.3))  # noqa: S311 - not a secret
        finally:
            self._stopped.set()

    async def stop(self) -> None:
        """Take no more, and finish what is in hand."""
        self._stopping.set()
        await self._stopped.wait()

    async def _unbound(self) -> bool:
        """Have nothing new come into the queue; False when there is no such queue."""
        channel = await self._link.channel(confirms=False, may_miss=True)
        try:
            found = await self._find(channel)
            if found is None:
                return False
            async with broker_call(10):
                for pattern in self._queue.events:
                    await found.unbind(self._of(EVENTS), routing_key=pattern)
            return True
        finally:
            await _close(channel)

    async def _empty(self) -> None:
        """Handle what waits until nothing does any more."""
        consumer = self._make()
        consuming = asyncio.create_task(consumer.run())
        try:
            quiet = 0
            while quiet < QUIET_LOOKS and not self._stopping.is_set():
                await self._pause(LOOK_SECONDS)
                quiet = quiet + 1 if consumer.is_idle and not await self._waiting() else 0
        finally:
            await consumer.stop()
            await consuming

    async def _waiting(self) -> int:
        channel = await self._link.channel(confirms=False, may_miss=True)
        try:
            found = await self._find(channel)
            return 0 if found is None else found.declaration_result.message_count or 0
        finally:
            await _close(channel)

    async def _remove_unless_used(self) -> None:
        """Remove the queue when nothing waits in it and nobody consumes it, whose hands may be full.

        The broker may count this process's own consumer for a moment after it has gone, hence more than one look.
        """
        for _ in range(QUIET_LOOKS):
            if self._stopping.is_set() or await self._remove():
                return
            await self._pause(LOOK_SECONDS)

    async def _remove(self) -> bool:
        """Remove the queue if it is free; True when it is gone."""
        channel = await self._link.channel(confirms=False, may_miss=True)
        try:
            found = await self._find(channel)
            if found is None:
                return True
            result = found.declaration_result
            if result.message_count or result.consumer_count:
                return False
            async with broker_call(10):
                await channel.queue_delete(found.name)
            log.info("an old queue was emptied and removed", queue=self._queue.name)
            return True
        finally:
            await _close(channel)

    async def _find(self, channel: AbstractChannel) -> AbstractQueue | None:
        """The queue, with how much waits in it and how many consume it; None when it is not there."""
        async with broker_call(10):
            try:
                return await channel.get_queue(self._of(self._queue.name), ensure=True)
            except aio_pika.exceptions.ChannelNotFoundEntity:
                return None

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass


async def _close(channel: AbstractChannel) -> None:
    if not channel.is_closed:
        async with broker_call(2):
            await channel.close()
