"""One process per service: HTTP, consumers, relay and timers under one TaskGroup; any of them dying ends the process.

SIGTERM drains: no new request or message is taken, what is in hand is finished and handed on, then the process ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import uvicorn
import uvloop
from fastapi import APIRouter
from pymongo import IndexModel
from starlette.types import ASGIApp

from shared.bus.batches import as_opened
from shared.bus.consumer import Consumer, Delivery, Handler, read_event
from shared.bus.link import Link
from shared.bus.news import News
from shared.bus.publisher import Publisher
from shared.bus.retired import RetiredQueue
from shared.bus.topology import RETIRED
from shared.callers.identity_tokens import IdentityReader
from shared.clocks.clock import Clock
from shared.copies import replay
from shared.events import Event
from shared.mongo import Database
from shared.outbox.aggregates import OUTBOX_INDEX, Aggregates
from shared.outbox.relay import Relay
from shared.process.logs import configure, get_logger
from shared.process.outliving import Ending, end_tasks, must_not_end
from shared.process.watchdog import Watchdog
from shared.settings import Settings
from shared.web.application import OptionalPart, add_routes, create_app
from shared.web.shell import Shell
from shared.web.wire import InnerWire, Wire

T = TypeVar("T")
DRAIN_SECONDS = 8.0
HISTORY_BATCH = 2
"""Messages of imported incidents, each with a hundred or so of them."""
YOUNG_OBJECTS = 20_000
"""Objects that are made before the garbage collector looks at them. By default it is 700, which a batch makes in a
moment: it then walked through all that was imported again and again, for a quarter of a busy process's time."""

log = get_logger(__name__)


class Runtime:
    """What `app.py` wires: it adds routers, consumers, workers and snapshots, and then the runtime runs them all."""

    def __init__(self, name: str, settings: Settings, *, pool: int = 4) -> None:
        self.name = name
        self.settings = settings
        self.clock = Clock(settings.test_clock)
        self.database = Database(settings, name, self.clock, pool=pool)
        self.tokens = IdentityReader(settings.identity_readers, name)
        self._publishing = Link(settings, "publish")
        self._consuming = Link(settings, "consume")
        self.publisher = Publisher(self._publishing, settings)
        self.relay = Relay(self.publisher, self.database, self.clock)
        self.checks: dict[str, Callable[[], bool]] = {
            "database": lambda: self.database.is_ready,
            "broker": lambda: self._publishing.is_up and self._consuming.is_up,
            "started": lambda: self._started,
        }
        self.optional: dict[str, OptionalPart] = {}
        """What this service can do without: told by `/readyz`, which does not rest on it."""
        self.app = create_app(f"Tocsin {name}", self.checks, self.optional)
        self.asgi: ASGIApp | None = None
        """Set it to serve something else than `app` behind the service's shell (the gateway does)."""
        self.open_prefixes: tuple[str, ...] = ()
        """Paths below these need no identity."""
        self._indexes: dict[str, list[IndexModel]] = {}
        self._consumers: list[Consumer[Any] | RetiredQueue] = []
        self._workers: list[Callable[[], Awaitable[None]]] = []
        self._start: list[Callable[[], Awaitable[None]]] = []
        self._drain: list[Callable[[], Awaitable[None]]] = []
        self._snapshots: dict[str, Callable[[], AsyncIterator[Event]]] = {}
        self._replicas: list[tuple[Sequence[str], str]] = []
        self._started = False
        self._stop = asyncio.Event()
        self.port = settings.service_port

    def aggregates(
        self,
        collection: str,
        *,
        silent: bool = False,
        transactional: bool = False,
        unpolled: bool = False,
        urgent: bool = False,
    ) -> Aggregates:
        """A collection of aggregates (see there); its outbox index is made at the start where the relay polls it."""
        self.indexes({collection: [] if silent or unpolled else [OUTBOX_INDEX]})
        stored = self.database.collection(collection)
        return Aggregates(
            stored,
            self.relay,
            self.clock,
            silent=silent,
            transactional=transactional,
            unpolled=unpolled,
            urgent=urgent,
        )

    def indexes(self, indexes: Mapping[str, Sequence[IndexModel]]) -> None:
        """Indexes to make at the start, by collection. MongoDB refuses to make one twice in one command: two stores of
        one collection may both ask for it.
        """
        for name, models in indexes.items():
            known = self._indexes.setdefault(name, [])
            known += [model for model in models if all(model.document != one.document for one in known)]

    def consume(
        self,
        queue: str,
        handler: Handler[T],
        decode: Callable[[bytes, dict[str, Any]], T],
        *,
        batch: int = 200,
        linger_seconds: float = 0.002,
        background: bool = False,
        gather_seconds: float = 0.0,
        patient: Collection[str] = (),
    ) -> None:
        """Consume a queue of anything; in the `background` when nobody waits for what it brings, many at once when
        nobody minds that it is late by `gather_seconds`, or that some of it is (`Consumer`).
        """
        self._consumers.append(
            Consumer(
                self._consuming,
                self.publisher,
                self.settings,
                queue,
                handler=handler,
                decode=decode,
                batch=batch,
                linger_seconds=linger_seconds,
                background=background,
                gather_seconds=gather_seconds,
                patient=patient,
            )
        )

    def retire(self, queue: str, handler: Handler[Event]) -> None:
        """Have a queue of an earlier version (one of `topology.RETIRED`) unbound, emptied by `handler` and removed."""
        (old,) = (one for one in RETIRED if one.name == queue)

        def consumer() -> Consumer[Event]:
            return Consumer(
                self._consuming,
                self.publisher,
                self.settings,
                queue,
                handler=self._answering_replays(handler),
                decode=read_event,
            )

        self._consumers.append(RetiredQueue(self._consuming, self.settings, old, consumer))

    def consume_events(
        self,
        queue: str,
        handler: Handler[Event],
        *,
        batch: int = 200,
        background: bool = False,
        gather_seconds: float = 0.0,
        patient: Collection[str] = (),
    ) -> None:
        """Consume a queue of events; requests for a replay among them are answered here."""
        self.consume(
            queue,
            self._answering_replays(handler),
            read_event,
            batch=batch,
            background=background,
            gather_seconds=gather_seconds,
            patient=patient,
        )

    def _answering_replays(self, handler: Handler[Event]) -> Handler[Event]:
        async def split(deliveries: Sequence[Delivery[Event]]) -> None:
            facts = [delivery for delivery in deliveries if delivery.payload.type != replay.REQUEST]
            if facts:
                await handler(facts)
            for delivery in deliveries:
                if delivery.payload.type == replay.REQUEST:
                    await replay.answer(delivery.payload, self._snapshots, self.publisher)

        return split

    def consume_history(self, handler: Handler[Event]) -> None:
        """Have the incidents that imports bring in handled by their own queue, a hundred or so at a time, each as if it
        had been opened. Nobody waits for them.
        """

        async def unpack(batch: Sequence[Delivery[Event]]) -> None:
            await handler(as_opened(batch))

        self.consume(f"{self.name}.history", unpack, read_event, batch=HISTORY_BATCH, background=True)

    def news(self, *patterns: str) -> News:
        """Nudges to look again, when events by these routing keys are told by anybody."""
        news = News(self._consuming, self.settings.namespace, patterns)
        self.worker(news.run)
        return news

    def routes(self, router: APIRouter) -> None:
        """These of the HTTP API are this service's, see `add_routes`."""
        add_routes(self.app, router)

    def worker(self, run: Callable[[], Awaitable[None]]) -> None:
        """A task that runs as long as the process does; its end, good or bad, ends the process."""
        self._workers.append(run)

    def on_start(self, action: Callable[[], Awaitable[None]]) -> None:
        """Done once database and broker are there and the indexes are made, before anything is consumed."""
        self._start.append(action)

    def on_drain(self, action: Callable[[], Awaitable[None]]) -> None:
        """Done while stopping, after the last message was handled and before the relay is drained."""
        self._drain.append(action)

    def snapshots(self, name: str, source: Callable[[], AsyncIterator[Event]]) -> None:
        """How this service answers a replay of one event type."""
        self._snapshots[name] = source

    def replicates(self, types: Sequence[str], queue: str) -> None:
        """This service keeps a copy of these event types, fed by `queue` (a short name): ask once for snapshots."""
        self._replicas.append((types, queue))

    def stop(self) -> None:
        """Begin to drain."""
        self._stop.set()

    async def run(self) -> None:
        """Run until stopped; raises what a dying part raised."""
        server = self._server()
        bound = self._bind()
        ending = Ending()
        try:
            async with asyncio.TaskGroup() as tasks:
                parts = [
                    tasks.create_task(must_not_end(self._publishing.run)),
                    tasks.create_task(must_not_end(self._consuming.run)),
                    tasks.create_task(server.serve(sockets=[bound])),
                ]
                try:
                    parts.append(tasks.create_task(self._bring_up(tasks, parts)))
                    await self._stop.wait()
                    await self._bring_down(server)
                finally:
                    # also when a part died: the group tells the others once, and once may be lost
                    ending.tell()
                    await end_tasks(parts)
        finally:
            await self._publishing.close()
            await self._consuming.close()
            await self.database.close()

    async def _bring_up(self, tasks: asyncio.TaskGroup, parts: list[asyncio.Task[None]]) -> None:
        await self.database.wait()
        parts.append(tasks.create_task(must_not_end(self.database.watch)))
        await self.database.ensure_indexes(self._indexes)
        await self._publishing.wait_up()
        parts.extend(tasks.create_task(must_not_end(run)) for run in self.relay.loops)
        for action in self._start:
            await action()
        for types, queue in self._replicas:
            await replay.ask_once(
                self.database.collection("replays"),
                self.publisher,
                self.clock,
                service=self.name,
                types=types,
                queue=queue,
            )
        parts.extend(tasks.create_task(must_not_end(worker)) for worker in self._workers)
        parts.extend(tasks.create_task(consumer.run()) for consumer in self._consumers)
        await self._consuming.wait_up()
        _leave_alone_what_stays()
        self._started = True
        log.info("ready", port=self.port)

    async def _bring_down(self, server: _Server) -> None:
        log.info("draining")
        self._started = False
        server.leave()
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await asyncio.gather(*(consumer.stop() for consumer in self._consumers))
                for action in self._drain:
                    await action()
                await self.relay.end()
        except TimeoutError:
            log.warning("not all was drained; the outbox and the broker keep the rest")

    def _server(self) -> _Server:
        app: ASGIApp = self.asgi or Shell(self.app, self.tokens, self.clock, self.open_prefixes)
        return _Server(
            uvicorn.Config(
                app,
                http=Wire if self.asgi else InnerWire,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                date_header=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=5,
                backlog=2048,
            )
        )

    def _bind(self) -> socket.socket:
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        bound.bind((self.settings.service_host, self.settings.service_port))
        self.port = bound.getsockname()[1]
        return bound


class _Server(uvicorn.Server):
    """Leaves the signals to the runtime, and looks at nothing ten times a second, as uvicorn's own does."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """Take no more requests, answer those that are under way, and end."""
        self.should_exit = True
        self._leaving.set()

    async def main_loop(self) -> None:
        """Serve until `leave`; the first tick is what a server needs to begin."""
        await self.on_tick(0)
        await self._leaving.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _leave_alone_what_stays() -> None:
    """What was made until now (modules, models, routes) is kept for good: the garbage collector need not walk it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)


def main(name: str, build: Callable[[Runtime], None]) -> None:
    """Run a service as a process: settings from the environment, logs to standard output, SIGTERM drains.

    A watchdog ends it when its event loop stands still.
    """
    try:
        settings = Settings().require_secret(name)
    except ValueError as error:
        sys.exit(f"{name} can't start: {error}")
    instance = settings.instance or name
    configure(settings.log_level, service=name, instance=instance)

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        watchdog = Watchdog(settings.watchdog_seconds)
        watchdog.watch(loop)
        runtime = Runtime(name, settings.model_copy(update={"instance": instance}))
        build(runtime)

        def stop() -> None:
            watchdog.let_end()
            runtime.stop()

        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, stop)
        await runtime.run()

    try:
        uvloop.run(serve())
    except Exception:
        log.exception("the process ends")
        sys.exit(1)
