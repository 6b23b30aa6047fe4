"""What a client may do on the wire, by raw sockets: how large a head, how slow a client, and what it is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.types import Message, Receive, Scope, Send

from shared.testing.harness import eventually
from shared.web.wire import Wire

pytestmark = pytest.mark.integration

LARGE = 4 * 1024 * 1024


class Hasty(Wire):
    """The limits, with less patience."""

    head_seconds = 0.4
    take_seconds = 0.4


class Place:
    """An application behind such a wire: `/slow` waits a second, `/large` says much, `/refuse` reads no body."""

    def __init__(self) -> None:
        self.port = 0
        self.broken_off = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message: Message = {"more_body": scope["path"] != "/refuse"}
        size = 0
        while message["more_body"]:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.broken_off.set()
                return
            size += len(message["body"])
        if scope["path"] == "/slow":
            await asyncio.sleep(1.0)
        said = b"x" * LARGE if scope["path"] == "/large" else b"%d" % size
        headers = [(b"content-length", b"%d" % len(said))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": said, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        if (await receive())["type"] == "http.disconnect":
            self.broken_off.set()


class Client:
    """A client that says exactly what it is told to, when it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, *pieces: bytes, pause: float = 0.0) -> None:
        for piece in pieces:
            with contextlib.suppress(ConnectionError, RuntimeError):  # what the other side has closed
                self.writer.write(piece)
                await self.writer.drain()
            await asyncio.sleep(pause)

    async def answer(self) -> tuple[int, bytes]:
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return int(head.split(b" ")[1]), await self.reader.readexactly(length)

    async def is_hung_up(self, seconds: float) -> bool:
        """True when the other side ends the connection within so long, without a word more."""
        try:
            return await asyncio.wait_for(self.reader.read(), seconds) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    one = Place()
    server = uvicorn.Server(uvicorn.Config(one, http=Hasty, ws="none", lifespan="off", log_config=None))
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    one.port = bound.getsockname()[1]
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    await eventually(lambda: server.started)
    yield one
    server.should_exit = server.force_exit = True
    await serving


@pytest.fixture
async def client(place: Place) -> AsyncIterator[Client]:
    one = Client(*await asyncio.open_connection("127.0.0.1", place.port, limit=2 * LARGE))
    yield one
    one.writer.close()


def get(path: str = "/", *headers: bytes, method: bytes = b"GET") -> bytes:
    return b"\r\n".join([b"%s %s HTTP/1.1" % (method, path.encode()), b"Host: t", *headers, b"", b""])


LONG = b"X-Long: " + b"x" * 70_000
REFUSED = {
    # what is sent, in pieces → status and code
    "headers of more than 64 KiB": ([get("/", LONG)], 431, "head_too_large"),
    "many headers that are short": ([get("/", *(b"X-%d: x" % n for n in range(101)))], 431, "head_too_large"),
    "a long address": ([get("/" + "x" * 70_000)], 431, "head_too_large"),
    "a header that never ends, in pieces": ([b"GET / HTTP/1.1\r\nX: ", *[b"x" * 30_000] * 3], 431, "head_too_large"),
    "headers that never end, in pieces": (
        [b"GET / HTTP/1.1\r\n", *[b"X-A: %s\r\n" % (b"x" * 30_000)] * 3],
        431,
        "head_too_large",
    ),
    "no HTTP": ([b"NONSENSE\r\n\r\n"], 400, "malformed"),
    "a head that stops": ([b"GET / HTTP/1.1\r\nHost: t\r\n"], 408, "head_timeout"),
    "a second head that stops": ([get(), b"GET / HTTP/1.1\r\n"], 408, "head_timeout"),
    "a body in chunks that are none": (
        [get("/", b"Transfer-Encoding: chunked", method=b"POST"), b"zz\r\n"],
        400,
        "malformed",
    ),
}


@pytest.mark.parametrize("pieces, status, code", REFUSED.values(), ids=REFUSED)
async def test_what_is_no_decent_request_is_answered_and_ends_the_connection(
    client: Client, pieces: list[bytes], status: int, code: str
) -> None:
    if pieces[0] == get():
        await client.say(pieces.pop(0))
        assert (await client.answer())[0] == 200

    await client.say(*pieces, pause=0.02)

    answered, body = await client.answer()
    assert (answered, json.loads(body)["code"]) == (status, code)
    assert await client.is_hung_up(3)


TAKEN = {
    "a hundred headers": [get("/", *(b"X-%d: x" % n for n in range(99)))],
    "a head of 60 KB": [get("/", b"X: " + b"x" * 60_000)],
    "a head in pieces, in time": [b"GET / HTT", b"P/1.1\r\nHos", b"t: t\r\n", b"\r\n"],
    "blank lines before it": [b"\r\n\r\n", get()],
    "a body in pieces": [get("/", b"Content-Length: 6", method=b"POST"), b"abc", b"def"],
}


@pytest.mark.parametrize("pieces", TAKEN.values(), ids=TAKEN)
async def test_a_decent_request_is_taken_twice_on_one_connection(client: Client, pieces: list[bytes]) -> None:
    for _ in range(2):
        await client.say(*pieces, pause=0.02)
        assert (await client.answer())[0] == 200


async def test_requests_in_one_breath_are_answered_in_order_however_large_the_one_before(client: Client) -> None:
    post = get("/", b"Content-Length: 100000", method=b"POST") + b"x" * 100_000
    whole = post + post + get() + get("/", b"X: " + b"x" * 60_000)

    await client.say(whole[:150_000], whole[150_000:230_000], whole[230_000:])

    assert [await client.answer() for _ in range(4)] == [(200, b"100000"), (200, b"100000"), (200, b"0"), (200, b"0")]


@pytest.mark.parametrize("drip", [b"X", b"\r\n"], ids=["header", "blank lines"])
async def test_a_head_that_drips_is_cut_off_in_time(client: Client, drip: bytes) -> None:
    began = time.monotonic()
    await client.say(b"" if drip == b"\r\n" else b"GET / HTTP/1.1\r\n", *[drip] * 12, pause=0.1)

    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        await client.reader.read()
    assert time.monotonic() - began < 3
    assert client.reader.at_eof()


async def test_a_connection_that_says_nothing_is_closed(client: Client) -> None:
    assert await client.is_hung_up(2)


async def test_a_long_answer_is_not_broken_off_by_what_comes_too_early(client: Client) -> None:
    await client.say(get("/slow"), b"\r\n")

    assert await client.answer() == (200, b"0")


async def test_a_body_that_was_answered_and_drips_on_is_cut_off(client: Client) -> None:
    await client.say(get("/refuse", b"Content-Length: 1000", method=b"POST"))
    assert (await client.answer())[0] == 200

    await client.say(*[b"x"] * 10, pause=0.1)

    assert await client.is_hung_up(1)


async def test_a_client_that_does_not_take_its_answer_is_cut_off(place: Place) -> None:
    plug = socket.create_connection(("127.0.0.1", place.port))
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plug.sendall(get("/large"))

    async with asyncio.timeout(5):
        await place.broken_off.wait()
    plug.close()
