"""The link to the broker: one connection for publishing, one for consuming, made again whenever it breaks.

Each process declares the topology once. A cluster takes many milliseconds for each binding, and when a node is lost all
processes come at once: a process that declared before, by whichever of its links, only asks whether it is still there,
and declares again where a channel finds something missing.

A stuck link must never hang a process: everything that talks to the broker has a timeout, and a cancellation that is
not ours (the driver cancels its waiters when a link dies) is turned into a `ConnectionError`.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
from collections.abc import AsyncIterator

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection

from shared.bus import topology
from shared.process.logs import get_logger
from shared.process.outliving import is_to_end
from shared.settings import Settings

log = get_logger(__name__)

HEARTBEAT_SECONDS = 5
"""The broker gives what a silent client had in hand to others after twice as long at the latest."""
CONNECT_SECONDS = 2.5
REACH_SECONDS = 5.0
"""For connecting and the first answer: a node that is cut off from its peers connects, and then answers nothing."""
DECLARE_SECONDS = 15.0
CLOSE_SECONDS, PARTING_SECONDS = 2.0, 0.5
"""How long a connection may take to close: at the end, and when it is broken anyway and the next one waits for it."""
PROBE_SECONDS = 2.0
"""The broker is asked something when it has not been heard of for so long: a confirm or a message is an answer, too."""
SILENT_SECONDS = 3.5
"""A broker that has not answered for this long is not ready, though its connection stands (a black-holed network)."""
ANSWER_SECONDS = 5.0
DEAD_SECONDS = PROBE_SECONDS + ANSWER_SECONDS
"""And after this long the connection is given up; the heartbeat would need two or three of its own periods."""

_DECLARED: set[tuple[tuple[str, ...], str]] = set()
"""What this process has declared, by the broker's addresses and the namespace."""


@contextlib.asynccontextmanager
async def broker_call(seconds: float) -> AsyncIterator[None]:
    """Bound a call to the broker. Raises `TimeoutError`, or `ConnectionError` when the link died under it."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except asyncio.CancelledError as error:
        if is_to_end():
            raise
        raise ConnectionError("the link to the broker died") from error
    # the driver lets a StopAsyncIteration out when a connection is closed in the middle of its opening
    except (aio_pika.exceptions.AMQPError, RuntimeError, OSError, StopAsyncIteration) as error:
        if isinstance(error, aio_pika.exceptions.DeliveryError | ConnectionError | TimeoutError):
            raise
        raise ConnectionError(f"the broker refused: {type(error).__name__}: {error}"[:300]) from error
    except Exception as error:
        # what the driver raises for a call that was under way when the link died: nothing more telling than Exception
        if type(error) is not Exception:
            raise
        raise ConnectionError("the link to the broker died") from error


class Link:
    """One connection that comes back. `run` keeps it up; `channel` waits for it."""

    def __init__(self, settings: Settings, purpose: str) -> None:
        self._settings = settings
        self._purpose = purpose
        self._connection: AbstractConnection | None = None
        self._place = tuple(settings.amqp_urls), settings.namespace
        self._addresses = itertools.cycle(settings.amqp_urls)
        self._up = asyncio.Event()
        self._broken = asyncio.Event()
        self._answered_at = 0.0

    @property
    def is_up(self) -> bool:
        """True while the connection stands and the broker answers on it."""
        return self._up.is_set() and not self._broken.is_set() and self._silence() < SILENT_SECONDS

    async def run(self) -> None:
        """Connect, declare the topology, wait until the connection breaks; again and again.

        Of several addresses the next one is tried at once; there is a pause only when all of them failed in turn.
        """
        pause, failures = 0.1, 0
        while True:
            try:
                async with broker_call(REACH_SECONDS):
                    connection = await self._connect()
                    probed = await self._find_topology(connection)
                if probed is None:
                    async with broker_call(DECLARE_SECONDS):
                        probed = await self._declare(connection)
            except (ConnectionError, TimeoutError, OSError) as error:
                log.info("waiting for the broker", purpose=self._purpose, error=repr(error)[:200])
                await self._close()
                failures += 1
                if failures % len(self._settings.amqp_urls):
                    continue
                await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - jitter, not a secret
                pause = min(pause * 2, 1.0)
                continue
            pause, failures = 0.1, 0
            self.note_answer()
            self._up.set()
            why = await self._probe(probed)
            self._up.clear()
            log.warning("the link to the broker broke", purpose=self._purpose, why=why)
            await self._close()

    def note_answer(self) -> None:
        """Note that something came from the broker on this link just now."""
        self._answered_at = time.monotonic()

    async def channel(
        self, *, confirms: bool, prefetch: int = 0, seconds: float = 5.0, may_miss: bool = False
    ) -> AbstractChannel:
        """A new channel. Raises `TimeoutError` or `ConnectionError` when the link is not up in time.

        When it closes because something is missing that should be there, the link is made anew and declares all of it,
        unless it `may_miss` what it asks for.
        """
        async with broker_call(seconds):
            await self._up.wait()
            if self._connection is None:
                raise ConnectionError("the link to the broker is down")
            channel = await self._connection.channel(publisher_confirms=confirms)
            if prefetch:
                await channel.set_qos(prefetch_count=prefetch)
            if not may_miss:
                channel.close_callbacks.add(self._declare_what_is_missing)
            return channel

    async def wait_up(self) -> None:
        """Return when the link is up."""
        await self._up.wait()

    async def close(self) -> None:
        """Close the connection for good."""
        await self._close(CLOSE_SECONDS)

    async def _probe(self, channel: AbstractChannel) -> str:
        """Ask the broker something whenever it is silent; when the connection broke or is given up, return why."""
        while not self._broken.is_set() and (silence := self._silence()) < DEAD_SECONDS:
            if silence >= PROBE_SECONDS:
                try:
                    async with broker_call(ANSWER_SECONDS):
                        await self._ask(channel)
                except (ConnectionError, TimeoutError) as error:
                    return repr(error)[:200]
                self.note_answer()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.05, PROBE_SECONDS - self._silence())):
                    await self._broken.wait()
        return "the connection closed" if self._broken.is_set() else "the broker is silent"

    async def _ask(self, channel: AbstractChannel) -> None:
        await channel.get_queue(topology.Names(self._settings.namespace).of(topology.DEAD), ensure=True)

    def _declare_what_is_missing(self, _: object, why: BaseException | None) -> None:
        if isinstance(why, aio_pika.exceptions.ChannelNotFoundEntity):
            _DECLARED.discard(self._place)
            self._broken.set()

    def _silence(self) -> float:
        return time.monotonic() - self._answered_at

    async def _connect(self) -> AbstractConnection:
        self._broken = broken = asyncio.Event()
        address = next(self._addresses)
        separator = "&" if "?" in address else "?"
        connection = await aio_pika.connect(
            f"{address}{separator}heartbeat={HEARTBEAT_SECONDS}",
            timeout=CONNECT_SECONDS,
            client_properties={"connection_name": f"{self._settings.instance or 'tocsin'}:{self._purpose}"},
        )
        self._connection = connection
        connection.close_callbacks.add(lambda *_: broken.set())
        return connection

    async def _find_topology(self, connection: AbstractConnection) -> AbstractChannel | None:
        """A channel to ask the broker by, None when the topology is yet to be declared."""
        if self._place not in _DECLARED:
            return None
        channel = await connection.channel(publisher_confirms=False)
        try:
            await self._ask(channel)
        except aio_pika.exceptions.ChannelNotFoundEntity:  # another broker, or one that has lost everything
            return None
        return channel

    async def _declare(self, connection: AbstractConnection) -> AbstractChannel:
        channel = await connection.channel(publisher_confirms=False)
        await topology.declare(channel, self._settings.namespace, self._settings.event_days)
        _DECLARED.add(self._place)
        return channel

    async def _close(self, seconds: float = PARTING_SECONDS) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # whatever a dying connection answers is of no interest, but our own cancellation is
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with broker_call(seconds):
                    await connection.close()
