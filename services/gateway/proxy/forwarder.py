"""Passes one request on to a service and its answer back, as bytes.

A body that fits in `WHOLE_BYTES` is taken whole before a connection is leased, so a slow sender holds none; a longer
one streams, with its length counted on the way. A request is sent again only where that is safe: when nothing was
sent, or when a kept connection died under a method that may be repeated.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from starlette.types import Message, Receive, Send

from services.gateway.proxy.connection import Connection, Head, Lost
from services.gateway.proxy.upstream import ANSWER_SECONDS, Replica, Upstream, broke_off, too_slow
from services.gateway.requests.headers import RawHeaders, answer_headers, head_bytes
from shared.problem import Problem, malformed, too_large
from shared.web.shell import MAX_BODY_BYTES

WHOLE_BYTES = 256 * 1024
BODY_SECONDS = 30.0
"""How long a sender has for what is taken whole, and for the beginning of a longer body."""
SLOWEST_BYTES_PER_SECOND = 32 * 1024
"""What it must send on average after that."""
FAILED_STATUS = 500
"""A service that answers so may close the connection behind it."""
QUIET_SECONDS = 60.0
"""How long a service may be silent in the middle of its answer."""

_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


class ClientLeft(Exception):
    """The client went away before its request was complete: there is nobody to answer."""


@dataclass(slots=True)
class Body:
    """A request's body on its way: what has come so far, and whether more will."""

    receive: Receive
    announced: int | None
    parts: list[bytes]
    size: int = 0
    more: bool = True
    limit: int = MAX_BODY_BYTES
    told: bool = False
    seconds: float = BODY_SECONDS
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds_left(self) -> float:
        """How long the sender has for its next bytes."""
        return self.began + self.seconds + self.size / SLOWEST_BYTES_PER_SECOND - time.monotonic()

    async def take(self) -> bytes:
        """The next bytes. Raises `ClientLeft`, or a `Problem` for a body that is too long or too slow."""
        message = await self.receive()
        if message["type"] != "http.request":
            raise ClientLeft
        chunk: bytes = message.get("body", b"")
        self.more = message.get("more_body", False)
        self.size += len(chunk)
        if self.size > self.limit:
            raise too_large(self.limit)
        return chunk

    def again(self) -> Receive:
        """An ASGI `receive` that tells a body that has come whole once more, and then whether the client is there."""

        async def receive() -> Message:
            if self.told:
                return await self.receive()
            self.told = True
            return {"type": "http.request", "body": b"".join(self.parts), "more_body": False}

        return receive


async def read_body(
    headers: RawHeaders,
    receive: Receive,
    *,
    whole: int = WHOLE_BYTES,
    limit: int = MAX_BODY_BYTES,
    seconds: float = BODY_SECONDS,
) -> Body:
    """The beginning of a request's body: all of it when it has no more than `whole` bytes. Raises as `Body.take`."""
    announced: int | None = None
    expected = False
    for name, value in headers:
        if name == b"content-length":
            if not value.isdigit() or len(value) > 18:
                raise malformed("Content-Length is no number.")
            announced, expected = int(value), int(value) > 0
        elif name == b"transfer-encoding":
            expected = True
    if announced is not None and announced > limit:
        raise too_large(limit)
    body = Body(receive, announced, [], more=expected, limit=limit, seconds=seconds)
    if expected:
        try:
            while body.more and body.size <= whole:
                async with asyncio.timeout(body.seconds_left):
                    body.parts.append(await body.take())
        except TimeoutError as error:
            raise too_slow_a_body() from error
    return body


def too_slow_a_body() -> Problem:
    """408: the sender is too slow, or fell silent. What is left of the body is not waited for."""
    return Problem(
        408,
        "body_timeout",
        f"The body did not come within {BODY_SECONDS:.0f} seconds.",
        headers={"Connection": "close"},
    )


@dataclass(frozen=True, slots=True)
class Request:
    """What goes to a service: `headers` are those made for it, without any that frame the body."""

    method: str
    target: bytes
    headers: RawHeaders
    body: Body

    def head(self) -> bytes:
        """The request's head on the wire."""
        body = self.body
        length: int | None = body.announced if body.more else body.size
        if length == 0 and body.announced is None and self.method in _REPEATABLE:
            length = -1
        return head_bytes(self.method, self.target, self.headers, length=length)


async def forward(upstream: Upstream, request: Request, send: Send) -> None:
    """Carry out one exchange.

    Raises a `Problem` or `ClientLeft` while nothing has been answered yet, `Lost` when the answer broke off.
    """
    replica, connection, head = await _ask(upstream, request)
    try:
        await _relay(connection, head, send, bodiless=request.method == "HEAD")
    finally:
        # an answer that came before the whole request was sent leaves the connection in the middle of it
        # and one that failed closes it, perhaps only when the next request is on its way already
        replica.release(
            connection, reuse=connection.is_complete and not request.body.more and head.status < FAILED_STATUS
        )


async def _ask(upstream: Upstream, request: Request) -> tuple[Replica, Connection, Head]:
    may_repeat = request.method in _REPEATABLE and not request.body.more
    while True:
        replica, connection = await upstream.lease()
        try:
            connection.begin(bodiless=request.method == "HEAD")
            if request.body.more:
                await _stream(connection, request)
            else:
                connection.write(request.head(), *request.body.parts)
            async with asyncio.timeout(ANSWER_SECONDS):
                return replica, connection, await connection.head()
        except BaseException as error:
            replica.release(connection, reuse=False)
            if isinstance(error, TimeoutError):
                raise too_slow(upstream.service) from error
            if not isinstance(error, Lost):
                raise
            if not may_repeat:
                raise broke_off(upstream.service) from error
            may_repeat = False


async def _stream(connection: Connection, request: Request) -> None:
    body = request.body
    frame = _as_it_is if body.announced is not None else _as_chunk
    connection.write(request.head(), *(part for whole in body.parts for part in frame(whole)))
    while body.more and not connection.has_answer:
        try:
            async with asyncio.timeout(body.seconds_left):
                chunk = await body.take()
        except TimeoutError as error:
            raise too_slow_a_body() from error
        connection.write(*frame(chunk))
        async with asyncio.timeout(ANSWER_SECONDS):
            await connection.writable()
    if not body.more and body.announced is None:
        connection.write(b"0\r\n\r\n")


def _as_it_is(part: bytes) -> tuple[bytes, ...]:
    return (part,)


def _as_chunk(part: bytes) -> tuple[bytes, ...]:
    return (b"%x\r\n" % len(part), part, b"\r\n") if part else ()


async def _patiently(connection: Connection) -> bytes | None:
    try:
        async with asyncio.timeout(QUIET_SECONDS):
            return await connection.chunk()
    except TimeoutError as error:
        raise Lost("the service fell silent in the middle of its answer") from error


async def _relay(connection: Connection, head: Head, send: Send, *, bodiless: bool) -> None:
    headers = answer_headers(head.headers)
    await send({"type": "http.response.start", "status": head.status, "headers": headers})
    if bodiless:
        await send({"type": "http.response.body", "body": b""})
        return
    more = True
    while more:
        chunk = await (connection.chunk() if connection.has_chunk else _patiently(connection))
        more = not connection.is_complete
        await send({"type": "http.response.body", "body": chunk or b"", "more_body": more})
