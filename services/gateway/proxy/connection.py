"""One kept-alive HTTP/1.1 connection to a service, with one exchange on it at a time.

Bytes in, bytes out: nothing is decoded, no body is ever whole in memory unless it is small. docs/adr/0008 tells why
this is no HTTP library.
"""

from __future__ import annotations

import asyncio
import select
from collections import deque
from dataclasses import dataclass, field
from typing import cast

import httptools

from services.gateway.requests.headers import RawHeaders

READ_AHEAD_BYTES = 256 * 1024
"""More of an answer than this is not taken before its reader has caught up."""


class Lost(ConnectionError):
    """The connection ended before the answer was complete."""


@dataclass(slots=True)
class Head:
    """The beginning of an answer."""

    status: int
    headers: RawHeaders = field(default_factory=list)


class Connection(asyncio.Protocol):
    """Used as: `begin`, `write` the request, `await head()`, `await chunk()` until None; then it may be used again."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._alive = False
        self._busy = False
        self._bodiless = False
        self._headers: RawHeaders = []
        self._head: asyncio.Future[Head] | None = None
        self._chunks: deque[bytes] = deque()
        self._buffered = 0
        self._complete = False
        self._reading_paused = False
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._writing_paused = False
        self._watch = select.poll()
        self.idle_since = 0.0

    # the exchange

    def begin(self, *, bodiless: bool) -> None:
        """Make ready for one exchange; `bodiless` when the answer has no body whatever its headers say (HEAD)."""
        self._busy, self._complete, self._bodiless = True, False, bodiless
        self._headers = []
        self._chunks.clear()
        self._buffered = 0
        self._head = self._loop.create_future()

    def write(self, *parts: bytes) -> None:
        """Send bytes of the request. What is written to a lost connection goes nowhere; `head` then raises."""
        if self._transport is not None and self._alive:
            self._transport.writelines(parts)

    async def writable(self) -> None:
        """Return when the peer has taken enough of what was written, or the connection is lost."""
        if self._writing_paused and self._alive:
            self._writer = self._loop.create_future()
            await self._writer

    @property
    def has_answer(self) -> bool:
        """True once the head of an answer has come, or the connection is lost."""
        return self._head is not None and self._head.done()

    async def head(self) -> Head:
        """The answer's head. Raises `Lost`."""
        if self._head is None:
            raise Lost("no exchange has begun")
        return await self._head

    async def chunk(self) -> bytes | None:
        """The next bytes of the answer's body, None at its end. Raises `Lost`."""
        while not self._chunks:
            if self._complete:
                return None
            if not self._alive:
                raise Lost("the answer broke off")
            self._reader = self._loop.create_future()
            await self._reader
        chunk = b"".join(self._chunks) if len(self._chunks) > 1 else self._chunks[0]
        self._chunks.clear()
        self._buffered = 0
        if self._reading_paused and self._transport is not None and self._alive:
            self._reading_paused = False
            self._transport.resume_reading()
        return chunk

    @property
    def has_chunk(self) -> bool:
        """True when `chunk` would return at once."""
        return bool(self._chunks) or self._complete

    @property
    def is_complete(self) -> bool:
        """True when all of the answer has come and been taken."""
        return self._complete and not self._chunks

    @property
    def is_reusable(self) -> bool:
        """True when another exchange may begin: the last one is complete and the peer keeps the connection."""
        return self._alive and not self._busy

    @property
    def is_quiet(self) -> bool:
        """False when the peer has closed or said something that the loop has not heard yet.

        Asked of the kernel right before a kept connection is used again: a request that is sent into a closing one may
        not be sent a second time.
        """
        return not self._watch.poll(0)

    def end(self) -> None:
        """Close it, whatever its state."""
        self._alive = False
        if self._transport is not None:
            self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its class
        self._alive = True
        self._watch.register(transport.get_extra_info("socket").fileno(), select.POLLIN | select.POLLRDHUP)

    def data_received(self, data: bytes) -> None:
        if not self._busy:
            self.end()  # nobody asked: whatever it is, it is no answer
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._fail()

    def pause_writing(self) -> None:
        self._writing_paused = True

    def resume_writing(self) -> None:
        self._writing_paused = False
        _wake(self._writer)

    # the parser's callbacks

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            self._headers = []
            return
        if self._head is not None and not self._head.done():
            self._head.set_result(Head(status, self._headers))
        if self._bodiless:
            self._complete = True
            self._alive = False  # the parser waits for a body that never comes: not to be used again
            _wake(self._reader)

    def on_body(self, body: bytes) -> None:
        self._chunks.append(body)
        self._buffered += len(body)
        if self._buffered > READ_AHEAD_BYTES and not self._reading_paused and self._transport is not None:
            self._reading_paused = True
            self._transport.pause_reading()
        _wake(self._reader)

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:
            return
        self._complete = True
        self._busy = False
        self._alive = self._alive and self._parser.should_keep_alive()
        _wake(self._reader)

    def _fail(self) -> None:
        self.end()
        if self._head is not None and not self._head.done():
            self._head.set_exception(Lost("no answer came"))
            self._head.exception()  # nobody may be waiting any more: that is no news for the log
        _wake(self._reader)
        _wake(self._writer)


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
