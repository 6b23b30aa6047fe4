"""One kept-alive HTTP connection on raw streams: as little work for the machine that is measured as can be."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit


class Connection:
    """Requests follow one another; it is opened by the first."""

    def __init__(self, url: str, key: str) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname or "127.0.0.1", address.port or 80
        self._key = key
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. Raises `OSError` or `IncompleteReadError` when there is none."""
        head = f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {self._key}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return await self._exchange(head.encode() + body)

    async def get(self, path: str) -> tuple[int, bytes]:
        """As `post`; asked again when the connection had been closed while it was idle."""
        head = f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {self._key}\r\n\r\n".encode()
        try:
            return await self._exchange(head)
        except (OSError, asyncio.IncompleteReadError):
            return await self._exchange(head)

    async def read(self, path: str) -> Any:
        """The JSON behind a path. Raises `RuntimeError` when the answer is not 200."""
        status, body = await self.get(path)
        if status != 200:
            raise RuntimeError(f"GET {path}: {status} {body[:300]!r}")
        return json.loads(body)

    async def make(self, path: str, body: dict[str, Any]) -> None:
        """POST an object that must be created. Raises `RuntimeError` when it was not."""
        status, answer = await self.post(path, json.dumps(body).encode())
        if status != 201:
            raise RuntimeError(f"POST {path}: {status} {answer[:300]!r}")

    def close(self) -> None:
        """Close the connection; the next request opens it again."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port, limit=2**22)
        reader, writer = self._streams
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").lower().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
            if headers.get("transfer-encoding") == "chunked":
                body = await _chunks(reader)
            else:
                body = await reader.readexactly(int(headers.get("content-length", 0)))
        except BaseException:
            self.close()
            raise
        if headers.get("connection") == "close":
            self.close()
        return int(lines[0].split()[1]), body


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return bytes(body)
