"""Copies of public pages in memory: they are answered without asking anybody, and stand in for who can't be asked.

Bounded: what was fetched longest ago goes first. Of readers who come at once one asks, and the others wait for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from prometheus_client import Counter
from starlette.types import Message, Send

from services.gateway.public_pages.freshness import Lifetime, Use, is_known, lifetime_of, select_query, use_of
from services.gateway.request import Call
from services.gateway.requests.headers import RawHeaders
from shared.failures import is_dependency_failure
from shared.problem import Problem
from shared.process.logs import get_logger

PREFIX = "/status/"
MOST_BYTES = 32 * 1024 * 1024
MOST_ABSENT = 1000
ABSENT_BYTES = 16 * 1024
ABSENT_SECONDS = 2.0
"""For so long what is not there is not asked for again."""
ASKING_SECONDS = 1.5
"""Who has a copy does not wait longer than this for a newer one."""
PAUSE_SECONDS = 1.0
"""After a failure nobody asks again for so long."""
FAILING_SECONDS = 5.0
"""While the last failure is younger than this the copy is shown at once, and asked for again behind the reader."""

SHOWN = Counter(
    "tocsin_gateway_public_pages_total", "Answers to readers of public pages, by where they came from", ["by"]
)

log = get_logger(__name__)


@dataclass(slots=True)
class PageCopy:
    """An answer that was fetched at `at`, in seconds of the monotonic clock. Without `lifetime` it is never kept."""

    status: int
    headers: RawHeaders
    body: bytes
    at: float
    lifetime: Lifetime | None
    etag: bytes | None
    failed_at: float = -FAILING_SECONDS


Fetch = Callable[[Call, Send], Awaitable[None]]


class PublicCache:
    """Answers readers of public pages from copies; `fetch` passes a request on to the service."""

    def __init__(self, fetch: Fetch, most_bytes: int = MOST_BYTES) -> None:
        self._fetch = fetch
        self._most = most_bytes
        self._copies: dict[bytes, PageCopy] = {}
        self._flights: dict[bytes, asyncio.Task[PageCopy]] = {}
        self._absent: dict[bytes, PageCopy] = {}
        self._bytes = 0

    @staticmethod
    def serves(call: Call) -> bool:
        """True for what readers of public pages ask."""
        return call.method in ("GET", "HEAD") and call.path.startswith(PREFIX)

    async def answer(self, call: Call, send: Send, count: Callable[[], None]) -> None:
        """Answer a reader; `count` is called, and may refuse, when a service must be asked for it.

        Raises the `Problem` of a service that does not answer when there is no copy to stand in.
        """
        key = call.path.encode() + b"?" + select_query(call.query)  # decoded: many spellings are one page
        absent = self._absent.get(key)
        if absent is not None and time.monotonic() - absent.at < ABSENT_SECONDS:
            SHOWN.labels("copy").inc()
            await _say(absent, call, send)
            return
        copy = self._copies.get(key)
        now = time.monotonic()
        use = Use.FORGET if copy is None or copy.lifetime is None else use_of(copy.lifetime, now - copy.at)
        if copy is not None and use is not Use.FORGET and (use is not Use.ASK or self._is_failing(key, copy, now)):
            if use is not Use.SHOW and now - copy.failed_at >= PAUSE_SECONDS:
                self._flight(key, call)
            SHOWN.labels("copy").inc()
            await _say(copy, call, send)
            return
        count()
        flight = self._flight(key, call)
        if copy is None or use is Use.FORGET:
            SHOWN.labels("service").inc()
            await _say(await asyncio.shield(flight), call, send)
            return
        await _say(await self._newer(flight, copy), call, send)

    def _is_failing(self, key: bytes, copy: PageCopy, now: float) -> bool:
        """True while the service fails: nobody is to wait for it again and again."""
        return now - copy.failed_at < FAILING_SECONDS or (key in self._flights and copy.failed_at > copy.at)

    async def _newer(self, flight: asyncio.Task[PageCopy], copy: PageCopy) -> PageCopy:
        """What the service answers now, or the copy while it fails."""
        try:
            async with asyncio.timeout(ASKING_SECONDS):
                newer = await asyncio.shield(flight)
        except (Problem, TimeoutError, OSError) as error:
            if isinstance(error, Problem) and error.status < 500:
                raise
            newer = None
        if newer is not None and newer.status < 500:
            SHOWN.labels("service").inc()
            return newer
        copy.failed_at = time.monotonic()
        SHOWN.labels("stand-in").inc()
        return copy

    def _flight(self, key: bytes, call: Call) -> asyncio.Task[PageCopy]:
        """The request to the service that is under way for this key, begun when there is none."""
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._ask(key, call))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._finish_flight(key, done))
        return flight

    def _finish_flight(self, key: bytes, flight: asyncio.Task[PageCopy]) -> None:
        self._flights.pop(key, None)
        error = None if flight.cancelled() else flight.exception()
        copy = self._copies.get(key)
        if copy is not None and (error is not None or flight.cancelled() or flight.result().status >= 500):
            copy.failed_at = time.monotonic()
        if error is not None and not isinstance(error, Problem) and not is_dependency_failure(error):
            log.error("a public page was not fetched", exc_info=error)

    async def _ask(self, key: bytes, call: Call) -> PageCopy:
        status, headers, parts = 0, RawHeaders(), []

        async def collect(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [(name.lower(), value) for name, value in message["headers"]]
            else:
                parts.append(message.get("body", b""))

        # the answer is for everybody, so nothing of this reader goes along
        asked = Call(
            method="GET",
            path=call.path,
            raw_path=call.raw_path,
            query=select_query(call.query),
            headers=[(name, value) for name, value in call.headers if name == b"host"],
            address=call.address,
            request_id=call.request_id,
            traceparent=call.traceparent,
            user_agent=b"",
            route=call.route,
        )
        await self._fetch(asked, collect)
        body = b"".join(parts)
        kept = [(name, value) for name, value in headers if name != b"content-length"]
        etag = next((value for name, value in kept if name == b"etag"), None)
        copy = PageCopy(status, kept, body, time.monotonic(), lifetime_of(status, kept, len(body)), etag)
        if status < 500:
            self._forget(key)
            self._note_absence(key, copy)
        if copy.lifetime is not None:
            self._keep(key, copy)
        return copy

    def _note_absence(self, key: bytes, copy: PageCopy) -> None:
        self._absent.pop(key, None)
        if copy.status == 404 and len(copy.body) <= ABSENT_BYTES:
            self._absent[key] = copy
            if len(self._absent) > MOST_ABSENT:
                del self._absent[next(iter(self._absent))]

    def _keep(self, key: bytes, copy: PageCopy) -> None:
        self._copies[key] = copy
        self._bytes += len(copy.body)
        while self._bytes > self._most:
            self._forget(next(iter(self._copies)))

    def _forget(self, key: bytes) -> None:
        copy = self._copies.pop(key, None)
        if copy is not None:
            self._bytes -= len(copy.body)


async def _say(copy: PageCopy, call: Call, send: Send) -> None:
    headers = list(copy.headers)
    if copy.lifetime is not None:
        headers.append((b"age", b"%d" % (time.monotonic() - copy.at)))
    if is_known(call.headers, copy.etag):
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    headers.append((b"content-length", b"%d" % len(copy.body)))
    await send({"type": "http.response.start", "status": copy.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if call.method == "HEAD" else copy.body})
