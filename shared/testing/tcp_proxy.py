"""A TCP proxy on loopback with a black-hole switch: the link stays up and nothing passes, as when a cable is pulled.

While it is on, bytes are taken from neither side and new connections are accepted and then ignored. When it is off
again, what waited passes on: so does TCP once the packets get through. It may also end TLS, as what stands before a
gateway does, and be slow, as a distant place is.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from shared.testing.server_thread import ServerThread

_CHUNK = 64 * 1024


class TcpProxy:
    """Passes every connection to `target_port` of `target`. A context manager; usable from any thread.

    It listens on `host`. Bytes arrive `delay_seconds` after they came, in either direction.
    """

    def __init__(
        self,
        target_port: int,
        *,
        target: str = "127.0.0.1",
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
        delay_seconds: float = 0.0,
    ) -> None:
        self._target = target, target_port
        self._host = host
        self._tls = tls
        self._delay = delay_seconds
        self._links: set[asyncio.StreamWriter] = set()
        self._open = asyncio.Event()
        self._open.set()
        self._thread = ServerThread("tcp-proxy")
        self._server = self._thread.do(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]

    def through(self, url: str) -> str:
        """The same URL, by way of this proxy."""
        return with_port(url, self.port, self._host)

    def black_hole(self) -> None:
        """From now on nothing passes."""
        self._thread.do(self._switch(passing=False))

    def restore(self) -> None:
        """From now on all passes, what waited first."""
        self._thread.do(self._switch(passing=True))

    def cut(self) -> None:
        """Break every connection there is; new ones are taken."""
        self._thread.do(self._cut())

    def close(self) -> None:
        """Stop listening and break every connection."""
        self._thread.shut(self._server)
        self._thread.do(self._cut())
        self._thread.close()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._on_connection, self._host, 0, family=socket.AF_INET, ssl=self._tls)

    async def _switch(self, *, passing: bool) -> None:
        if passing:
            self._open.set()
        else:
            self._open.clear()

    async def _cut(self) -> None:
        for writer in list(self._links):
            writer.transport.abort()

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._links.add(writer)
        with contextlib.suppress(OSError):
            await self._open.wait()
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            self._links.add(far_writer)
            try:
                await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
            finally:
                self._links.discard(far_writer)
                far_writer.close()
        self._links.discard(writer)
        writer.close()

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        if not self._delay:
            while await self._pass_on(await self._take(source), target):
                pass
            return
        distance: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=1000)
        loop = asyncio.get_running_loop()

        async def send() -> None:
            data = b"-"
            while data:
                data = await self._take(source)
                await distance.put((loop.time() + self._delay, data))

        async def arrive() -> None:
            is_open = True
            while is_open:
                at, data = await distance.get()
                await asyncio.sleep(at - loop.time())
                is_open = await self._pass_on(data, target)

        await asyncio.gather(send(), arrive())

    async def _take(self, source: asyncio.StreamReader) -> bytes:
        await self._open.wait()
        return await source.read(_CHUNK)

    async def _pass_on(self, data: bytes, target: asyncio.StreamWriter) -> bool:
        """Write these bytes; False when the stream was over, and is closed here too."""
        await self._open.wait()  # what came in the moment of the switch waits too
        if not data:
            target.close()
            return False
        target.write(data)
        await target.drain()
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def port_of(url: str) -> int:
    """The port that a URL names. Raises `ValueError` for one that names none."""
    port = urlsplit(url).port
    if port is None:
        raise ValueError("the URL names no port")
    return port


def with_port(url: str, port: int, host: str = "127.0.0.1") -> str:
    """The same URL, with the same user and password, at another port."""
    address = urlsplit(url)
    who, at, _ = address.netloc.rpartition("@")
    return urlunsplit(address._replace(netloc=f"{who}{at}{host}:{port}"))
