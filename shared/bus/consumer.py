"""The micro-batching consumer.

Messages are handled up to a few hundred, or a few milliseconds' worth, at a time. A batch that fails is handled
message by message, so that one that fails by itself goes to the dead letters alone. While the database or the broker
is down nothing new is taken and nothing is counted against a message. Acknowledgement comes after the write.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from shared.bus.dead_letters import bury
from shared.bus.link import Link, broker_call
from shared.bus.publisher import Publisher
from shared.bus.settlement import Verdict, backoff_seconds, judge
from shared.bus.topology import Names
from shared.events import Event, read
from shared.failures import DependencyDown
from shared.process.logs import get_logger
from shared.process.outliving import log_and_continue
from shared.settings import Settings
from shared.telemetry import trace
from shared.telemetry.metrics import BATCH_SECONDS, BATCH_SIZE, EVENT_AGE, MESSAGES

log = get_logger(__name__)

REST_SECONDS = 0.5
LINGER_LOOK_SECONDS = 0.001
GATHER_LOOK_SECONDS = 0.05

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Delivery(Generic[T]):
    """One message as a handler sees it."""

    payload: T
    headers: dict[str, Any]
    redelivered: bool
    routing_key: str


Handler = Callable[[Sequence[Delivery[T]]], Awaitable[None]]
"""Handles a batch; returns when all of it is written. See `settlement` for what its exceptions mean."""


EXCHANGE = "x-tocsin-exchange"
"""The header in which a decoder finds the exchange that a message came by; "" for one put straight into its queue."""


def read_event(body: bytes, _headers: dict[str, Any]) -> Event:
    """How most queues are decoded. Raises `Undecodable`."""
    return read(body)


class Consumer(Generic[T]):
    """Consumes one queue with one handler; batches follow one another."""

    def __init__(
        self,
        link: Link,
        publisher: Publisher,
        settings: Settings,
        queue: str,
        *,
        handler: Handler[T],
        decode: Callable[[bytes, dict[str, Any]], T],
        batch: int = 200,
        linger_seconds: float = 0.002,
        prefetch: int = 0,
        background: bool = False,
        gather_seconds: float = 0.0,
        patient: Collection[str] = (),
    ) -> None:
        """`background`: nobody waits for what this queue brings, so after each batch it rests as long as that took,
        `REST_SECONDS` at most: when much comes at once, the database is first there for those who page.

        `gather_seconds`: nobody minds that it is late by so much, so it waits that long for more after the first
        message, until a batch is full: what comes in a second is then one read and one write. Where only some of it may
        be late, `patient` are its routing keys: as soon as anything else comes, all that was gathered is handled.
        """
        self.queue = queue
        self._link = link
        self._publisher = publisher
        self._name = Names(settings.namespace).of(queue)
        self._handler = handler
        self._decode = decode
        self._batch = batch
        self._linger = linger_seconds
        self._prefetch = prefetch or batch * 2
        self._background = background
        self._gather_seconds = gather_seconds
        self._patient = frozenset(patient)
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()
        self._stopped.set()
        self._in_a_row = False
        self._inbox: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()
        self._in_hand = False

    @property
    def is_idle(self) -> bool:
        """True while no message that came from the broker is unsettled here."""
        return not self._in_hand and self._inbox.empty()

    async def run(self) -> None:
        """Consume until `stop`; a broken link is followed by a new session."""
        self._stopped.clear()
        try:
            while not self._stopping.is_set():
                # what was in hand unsettled goes back to the broker with the channel
                with log_and_continue("the consumer begins again", queue=self.queue):
                    await self._session()
                if not self._stopping.is_set():
                    await asyncio.sleep(random.uniform(0.05, 0.3))  # noqa: S311 - jitter, not a secret
        finally:
            self._stopped.set()

    async def stop(self) -> None:
        """Take no more, finish what is in hand. What waited here unhandled goes back to the broker."""
        self._stopping.set()
        await self._stopped.wait()

    async def _session(self) -> None:
        channel = await self._link.channel(confirms=False, prefetch=self._prefetch)
        inbox: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()
        self._inbox = inbox
        # None wakes the reader: the channel died, the broker cancelled the consumer, or we are to stop
        channel.close_callbacks.add(lambda *_: inbox.put_nowait(None))
        stopper = asyncio.create_task(self._wake_on_stop(inbox))
        try:
            async with broker_call(10):
                queue = await channel.get_queue(self._name, ensure=False)
                await queue.consume(partial(self._receive, inbox))
            while not self._stopping.is_set():
                messages = await self._gather(inbox)
                if messages:
                    began = time.monotonic()
                    await self._work(channel, messages)
                    self._in_hand = False
                    if self._background:
                        await asyncio.sleep(min(time.monotonic() - began, REST_SECONDS))
                if channel.is_closed:
                    raise ConnectionError("the channel closed")
        finally:
            self._in_hand = False
            stopper.cancel()
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with broker_call(2):
                    await channel.close()

    async def _receive(
        self, inbox: asyncio.Queue[AbstractIncomingMessage | None], message: AbstractIncomingMessage
    ) -> None:
        self._link.note_answer()
        inbox.put_nowait(message)

    async def _wake_on_stop(self, inbox: asyncio.Queue[AbstractIncomingMessage | None]) -> None:
        await self._stopping.wait()
        inbox.put_nowait(None)

    async def _gather(self, inbox: asyncio.Queue[AbstractIncomingMessage | None]) -> list[AbstractIncomingMessage]:
        messages: list[AbstractIncomingMessage] = []
        first = await inbox.get()
        if first is None:
            return messages
        self._in_hand = True
        messages.append(first)
        # lingering pays only when more is coming: a lone message is handled at once, unless nobody minds
        began, linger = time.monotonic(), self._linger if self._in_a_row else 0.0
        may_wait = self._may_wait(first)
        while len(messages) < self._batch:
            if inbox.empty():
                left = began + (self._gather_seconds if may_wait else linger) - time.monotonic()
                if left <= 0:
                    break
                await asyncio.sleep(min(left, GATHER_LOOK_SECONDS if may_wait else LINGER_LOOK_SECONDS))
                continue
            message = inbox.get_nowait()
            if message is None:
                inbox.put_nowait(None)
                break
            messages.append(message)
            may_wait = may_wait and self._may_wait(message)
        self._in_a_row = len(messages) > 1
        return messages

    def _may_wait(self, message: AbstractIncomingMessage) -> bool:
        return self._gather_seconds > 0 and (not self._patient or message.routing_key in self._patient)

    async def _work(self, channel: AbstractChannel, messages: Sequence[AbstractIncomingMessage]) -> None:
        deliveries: list[tuple[AbstractIncomingMessage, Delivery[T]]] = []
        for message in messages:
            headers = {**(message.headers or {}), EXCHANGE: message.exchange or ""}
            try:
                payload = self._decode(message.body, headers)
            except Exception as error:  # noqa: BLE001 - whatever these bytes do to the decoder, they are settled
                await self._settle_failed(message, error, attempts=1_000)
                continue
            deliveries.append(
                (message, Delivery(payload, headers, bool(message.redelivered), message.routing_key or ""))
            )
        if not deliveries:
            return
        BATCH_SIZE.labels(self.queue).observe(len(deliveries))
        began = time.monotonic()
        failure = await self._attempt([delivery for _, delivery in deliveries])
        BATCH_SECONDS.labels(self.queue).observe(time.monotonic() - began)
        if failure is None:
            await self._acknowledge([message for message, _ in deliveries], whole=len(deliveries) == len(messages))
            return
        for message, delivery in deliveries:
            await self._work_alone(channel, message, delivery)

    async def _work_alone(
        self, channel: AbstractChannel, message: AbstractIncomingMessage, delivery: Delivery[T]
    ) -> None:
        attempts = 0
        while not channel.is_closed:
            attempts += 1
            error = await self._attempt([delivery])
            verdict = judge(error, attempts)
            if verdict is Verdict.ACK:
                await self._acknowledge([message], whole=False)
                return
            if verdict is Verdict.DEAD_LETTER:
                await self._settle_failed(message, error or Exception(), attempts)
                return
            log.warning("a message is tried again", queue=self.queue, attempts=attempts, error=repr(error)[:300])
            MESSAGES.labels(self.queue, verdict.value).inc()
            if self._stopping.is_set():
                return
            await asyncio.sleep(backoff_seconds(min(attempts, 6), random.random()))  # noqa: S311 - jitter

    async def _attempt(self, deliveries: Sequence[Delivery[T]]) -> BaseException | None:
        """Handle the batch; while the database is down, wait and try again. Returns the failure, if it is another."""
        pauses = 0
        while True:
            self._enter_context(deliveries)
            try:
                await self._handler(deliveries)
            except Exception as error:  # noqa: BLE001 - settled by the table
                if judge(error, 1) is not Verdict.WAIT or self._stopping.is_set():
                    return error
                pauses += 1
                log.warning("waiting for a part that is down", queue=self.queue, error=repr(error)[:300])
                MESSAGES.labels(self.queue, Verdict.WAIT.value).inc(len(deliveries))
                await asyncio.sleep(backoff_seconds(min(pauses, 4), random.random()))  # noqa: S311 - jitter
            else:
                return None

    def _enter_context(self, deliveries: Sequence[Delivery[T]]) -> None:
        first = deliveries[0].payload
        if isinstance(first, Event):
            EVENT_AGE.labels(self.queue).observe(max(0.0, time.time() - first.time.timestamp()))
            context = trace.enter(first.correlationid or first.id, first.traceparent)
            structlog.contextvars.bind_contextvars(correlation=context.correlation, cause=first.id)

    async def _acknowledge(self, messages: Sequence[AbstractIncomingMessage], *, whole: bool) -> None:
        """`whole`: the batch is all that was taken since the last one, so one frame settles it."""
        MESSAGES.labels(self.queue, Verdict.ACK.value).inc(len(messages))
        async with broker_call(5):
            if whole:
                await messages[-1].ack(multiple=True)
                return
            for message in messages:
                await message.ack()

    async def _settle_failed(self, message: AbstractIncomingMessage, error: BaseException, attempts: int) -> None:
        verdict = judge(error, attempts)
        if verdict is not Verdict.DEAD_LETTER:
            raise DependencyDown("could not settle a message") from error
        log.error("a message goes to the dead letters", queue=self.queue, reason=repr(error)[:300])
        MESSAGES.labels(self.queue, Verdict.DEAD_LETTER.value).inc()
        await bury(self._publisher, self.queue, message, error)
        async with broker_call(5):
            await message.ack()
