"""A service as the gateway meets it: answers what it got, and can be told to behave badly."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

Writer = asyncio.StreamWriter
Misbehave = Callable[[Writer], Awaitable[None]]

SPEC = {
    "openapi": "3.1.0",
    "paths": {
        "/services": {"get": {"operationId": "list_services", "responses": {"200": {"description": "All of them"}}}}
    },
}


class Upstream:
    """One HTTP server on loopback. Written by hand, so that a test decides about every byte."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ready = True
        self.got: list[dict[str, Any]] = []
        self.broken_off = 0
        self.connections = 0
        self.misbehave: list[Misbehave] = []
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[Writer] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> Upstream:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.gather(*self._tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections += 1
        self._writers.add(writer)
        self._tasks.add(task)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                await self._exchange(reader, writer)
        self._writers.discard(writer)
        self._tasks.discard(task)
        writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        if target not in ("/readyz", "/openapi.json"):
            try:
                body = await _body(reader, headers)
            except (asyncio.IncompleteReadError, ConnectionError):
                self.broken_off += 1
                raise
            self.got.append({"method": method, "target": target, "headers": headers, **body})
            if self.misbehave:
                await self.misbehave.pop(0)(writer)
                return
        await self._answer(writer, method, target)

    async def _answer(self, writer: Writer, method: str, target: str) -> None:
        status = "200 OK"
        document: dict[str, Any] = {"from": self.name, "got": self.got[-1] if self.got else None}
        if target == "/readyz":
            status, document = ("200 OK" if self.ready else "503 Service Unavailable"), {}
        elif target == "/openapi.json":
            document = SPEC if self.name == "incident" else {"paths": {}}
        body = json.dumps(document).encode()
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + (b"" if method == "HEAD" else body))
        await writer.drain()


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    if headers.get("transfer-encoding") == "chunked":
        while length := int((await reader.readuntil(b"\r\n")).strip(), 16):
            chunk = await reader.readexactly(length + 2)
            digest.update(chunk[:-2])
            size += length
        await reader.readexactly(2)
    else:
        left = int(headers.get("content-length", "0"))
        while left:
            chunk = await reader.readexactly(min(left, 2**16))
            digest.update(chunk)
            size += len(chunk)
            left -= len(chunk)
    return {"size": size, "sha256": digest.hexdigest()}
