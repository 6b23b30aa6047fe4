"""As much of HTTP/1.1 as the fakes of outside systems need: one request after the other on a kept-alive connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """Header names are in lower case; the path has its query."""

    path: str
    headers: dict[str, str]
    body: bytes
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; `content-length` is added."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


Answer = Callable[[Request], Awaitable[Reply]]


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> None:
    """Answer every request of a connection until the caller goes away or the server is closed."""
    try:
        while (request := await _read(reader)) is not None:
            reply = await answer(request)
            head = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
            head += f"content-length: {len(reply.body)}\r\n"
            writer.write(f"HTTP/1.1 {reply.status} Whatever\r\n{head}\r\n".encode() + reply.body)
            await writer.drain()
    except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    request_line = await reader.readline()
    if not request_line:
        return None
    headers: dict[str, str] = {}
    while (line := await reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    method, path = request_line.split()[:2]
    return Request(path.decode(), headers, body, method.decode())
