"""Runs services in the test's process on a real broker and a real database, under a namespace of the test's own.

Nothing is patched: a test talks to a service over HTTP with an identity it signs, or over the bus.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar, overload

import httpx2

from shared.bus.link import Link, broker_call
from shared.bus.publisher import Publisher
from shared.bus.topology import DEAD, DEAD_NEWS, EVENTS, LOG, QUEUES, RETIRED, Names, declare_log
from shared.callers.identity import HEADER, Identity
from shared.callers.identity_tokens import IdentitySigner
from shared.events import Event, read
from shared.mongo import Database
from shared.process.outliving import Ending, end_tasks
from shared.runtime import Runtime
from shared.settings import Settings
from shared.vocabulary import Role

T = TypeVar("T")

PUBLISHED_AT_ONCE = 50
HEARD_MILLISECONDS = 120_000
"""How long the broker keeps what the test has not heard while its link is broken."""
DRAINED_SECONDS = 30.0
"""A service that is told to stop has ended by then, or is cancelled and the test has failed."""
ENDED_SECONDS = 10.0
"""And so has the test's own link."""

PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that speak plain HTTP: by default each would read a thousand certificates of authorities, which takes as
long as a whole small test."""

ADMIN = Identity(key_id="test", name="tester", role=Role.ADMIN)


@overload
async def eventually(
    ask: Callable[[], Awaitable[T]], *, seconds: float = ..., until: Callable[[T], bool] = ...
) -> T: ...
@overload
async def eventually(ask: Callable[[], T], *, seconds: float = ..., until: Callable[[T], bool] = ...) -> T: ...
async def eventually(ask: Callable[[], Any], *, seconds: float = 10.0, until: Callable[[Any], bool] = bool) -> Any:
    """The first answer of `ask` that satisfies `until`. Raises `AssertionError` with the last answer when none does."""
    async with asyncio.timeout(None):
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            answer = ask()
            result = await answer if inspect.isawaitable(answer) else answer
            if until(result):
                return result
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"did not happen within {seconds} s; last answer: {result!r}"[:2000])
            await asyncio.sleep(0.02)


class Harness:
    """The services of one test, their parts, and every event they emitted."""

    def __init__(self, settings: Settings, *, keeps_queues: bool = False) -> None:
        """`keeps_queues`: they are emptied, not removed, for the next test on this namespace (`Namespaces`)."""
        self.settings = settings
        self.keeps_queues = keeps_queues
        """False after `close` when they could not be kept."""
        self.events: list[Event] = []
        self._link = Link(settings, "test")
        self.publisher = Publisher(self._link, settings)
        self._signer = IdentitySigner(settings.identity_key)
        self._heard = Names(settings.namespace).of("heard")
        self._tasks: list[asyncio.Task[Any]] = []
        # in a context of its own: what the test itself asks the broker is not part of what ends here
        self._context = contextvars.copy_context()
        self._ending = self._context.run(Ending)
        self._runtimes: list[tuple[Runtime, asyncio.Task[None]]] = []
        self._databases: dict[str, Database] = {}
        self._clients: list[httpx2.AsyncClient] = []

    async def connect(self) -> None:
        """Bring the test's own link up and record every event from now on in `events`."""
        if self._tasks:
            return
        self._spawn(self._link.run())
        if self.keeps_queues:
            await self._empty_queues()
            await self._remove_rest()
        listening = asyncio.Event()
        self._spawn(self._listen(listening))
        async with asyncio.timeout(30):
            await listening.wait()

    def _spawn(self, part: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(part, context=self._context.copy()))

    async def _listen(self, listening: asyncio.Event) -> None:
        """Record what is told, also what is told while the test's own link is broken."""
        while True:
            with contextlib.suppress(ConnectionError, TimeoutError):
                channel = await self._link.channel(confirms=False, prefetch=1000, seconds=30)
                closed = asyncio.Event()
                channel.close_callbacks.add(lambda *_, closed=closed: closed.set())
                async with broker_call(10):
                    queue = await channel.declare_queue(
                        self._heard, durable=True, arguments={"x-expires": HEARD_MILLISECONDS}
                    )
                    await queue.bind(Names(self.settings.namespace).of(EVENTS), routing_key="#")
                    await queue.consume(self._record)
                listening.set()
                await closed.wait()
            await asyncio.sleep(0.05)

    async def _record(self, message: Any) -> None:
        self.events.append(read(message.body))
        with contextlib.suppress(ConnectionError):
            async with broker_call(5):
                await message.ack()

    async def start(self, name: str, build: Callable[[Runtime], None], *, instance: str = "") -> Runtime:
        """Run a service until the test ends; returns when it is ready."""
        await self.connect()
        runtime = Runtime(name, self.settings.model_copy(update={"instance": instance or name, "service_port": 0}))
        build(runtime)
        task = asyncio.create_task(runtime.run())
        self._runtimes.append((runtime, task))

        def ready() -> bool:
            if task.done():
                task.result()
            return all(check() for check in runtime.checks.values())

        await eventually(ready, seconds=30)
        self._databases[name] = runtime.database
        return runtime

    async def stop(self, runtime: Runtime) -> None:
        """Drain one service, as SIGTERM does."""
        runtime.stop()
        for known, task in self._runtimes:
            if known is runtime:
                await task

    async def kill(self, runtime: Runtime) -> None:
        """End one service where it stands, as `kill -9` does as far as one process can tell."""
        for known, task in self._runtimes:
            if known is runtime:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    def client(self, runtime: Runtime, identity: Identity = ADMIN) -> httpx2.AsyncClient:
        """An HTTP client that calls the service as the gateway would, for this caller."""
        token = self._signer.sign(identity, runtime.name, runtime.clock.now())
        client = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{runtime.port}",
            headers={HEADER: token},
            timeout=30,
            trust_env=False,
            verify=PLAIN,
        )
        self._clients.append(client)
        return client

    async def publish(self, *events: Event) -> None:
        """Put events on the bus as if their owner had."""
        await self.connect()
        for start in range(0, len(events), PUBLISHED_AT_ONCE):  # a confirm has a time limit, and this loop is busy
            some = events[start : start + PUBLISHED_AT_ONCE]
            await self.publisher.publish_events([(event.type, event.encode(), event.id) for event in some])

    async def make_log(self) -> None:
        """Make the stream of all events anew, for who reads it: on queues that were kept there is none."""
        await self.connect()
        channel = await self._link.channel(confirms=False)
        async with broker_call(30):
            await channel.queue_delete(Names(self.settings.namespace).of(LOG))
            await declare_log(channel, self.settings.namespace, self.settings.event_days)
            await channel.close()

    async def event(self, name: str, where: Callable[[Event], bool] = lambda _: True, *, seconds: float = 10) -> Event:
        """The first event of this type that satisfies `where`, waiting for it."""
        found = await eventually(
            lambda: [event for event in self.events if event.type == name and where(event)], seconds=seconds
        )
        return found[0]

    async def close(self) -> None:
        """Stop everything and remove every trace of it from broker and database, within seconds.

        Raises what a service raised, and `TimeoutError` when one did not drain or the test's own link did not end.
        """
        try:
            for client in self._clients:
                await client.aclose()
            raised = await self._stop_services()
            for name in self._databases:
                database = Database(self.settings, name)
                await database.drop()
                await database.close()
            if self._tasks:
                await self._leave_broker()
        finally:
            # whatever failed before: tasks that nobody ends would hold the test's event loop for ever
            self._ending.tell()
            async with asyncio.timeout(ENDED_SECONDS):
                await end_tasks(self._tasks)
                await self._link.close()
        for error in raised:
            raise error

    async def _stop_services(self) -> list[Exception]:
        """Drain what runs and cancel what does not drain; returns what the services raised."""
        for runtime, task in self._runtimes:
            if not task.done():
                runtime.stop()
        tasks = [task for _, task in self._runtimes]
        try:
            async with asyncio.timeout(DRAINED_SECONDS):
                results = await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            await end_tasks(task for task in tasks if not task.done())
        return [result for result in results if isinstance(result, Exception)]

    async def _leave_broker(self) -> None:
        """Leave nothing but empty queues in the broker, and not these unless they are to be kept."""
        if self.keeps_queues:
            try:
                await self._empty_queues()
                await self._remove_rest()
            except (ConnectionError, TimeoutError):
                self.keeps_queues = False  # the test has removed some, or broken the link
            else:
                return
        # best effort: the link's own probe asks for a queue that is just being removed, and may break the link
        with contextlib.suppress(Exception):
            await self._remove_topology()

    async def _empty_queues(self) -> None:
        """Leave the exchanges and the queues that a service declares, with nothing in the queues."""
        of = Names(self.settings.namespace).of
        channel = await self._link.channel(confirms=False, seconds=30)
        async with broker_call(30):
            for name in (*(queue.name for queue in QUEUES), DEAD, DEAD_NEWS):
                await (await channel.get_queue(of(name), ensure=False)).purge()

    async def _remove_rest(self) -> None:
        """The stream, which can't be emptied (`make_log`), queues of earlier versions, and the test's own."""
        of = Names(self.settings.namespace).of
        channel = await self._link.channel(confirms=False)
        async with broker_call(30):
            for name in (*(queue.name for queue in RETIRED), LOG, "heard"):
                await channel.queue_delete(of(name))

    async def _remove_topology(self) -> None:
        of = Names(self.settings.namespace).of
        channel = await self._link.channel(confirms=False)
        async with broker_call(30):
            for name in (*(queue.name for queue in (*QUEUES, *RETIRED)), DEAD, DEAD_NEWS, LOG, "heard"):
                await channel.queue_delete(of(name))
            for exchange in ("events", "alerts.in", "alerts.any", DEAD):
                await channel.exchange_delete(of(exchange))
