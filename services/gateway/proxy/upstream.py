"""The replicas of one service: whose turn it is, and the connections kept open to each.

Replicas take turns; those whose last readiness check failed come after the others, because a service that is half
down may still answer. A kept connection is dropped before its service would drop it, so a request rarely meets a
closing one.
"""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlsplit

from services.gateway.proxy.connection import Connection, Lost
from services.gateway.requests.headers import RawHeaders, head_bytes
from services.gateway.requests.routes import UPSTREAMS, Service
from shared.problem import Problem, unavailable

CONNECT_SECONDS = 1.0
IDLE_SECONDS = 30.0
"""Less than the 75 s for which a service keeps an idle connection (`shared.runtime`)."""
MOST_CONNECTIONS = 256
"""To one replica; more requests at once than this are refused, which is kinder than letting them queue."""
ANSWER_SECONDS = 10.0
MAX_DOCUMENT_BYTES = 4 * 1024 * 1024


class Full(ConnectionError):
    """As many connections to this replica are in use as may be."""


class Replica:
    """One process of a service."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname or parts.path.strip("/"):
            raise ValueError(f"TOCSIN_UPSTREAMS: {url!r} is no http://host:port")
        self.host = parts.hostname
        self.port = parts.port or 80
        self.is_ready = False
        self._idle: list[Connection] = []
        self._leased = 0

    @property
    def name(self) -> str:
        """host:port"""
        return f"{self.host}:{self.port}"

    async def lease(self) -> Connection:
        """A live connection, kept or new. Raises `OSError` or `TimeoutError` when there is none to be had."""
        while self._idle:
            connection = self._idle.pop()
            fresh = time.monotonic() - connection.idle_since < IDLE_SECONDS
            if fresh and connection.is_reusable and connection.is_quiet:
                self._leased += 1
                return connection
            connection.end()
        if self._leased >= MOST_CONNECTIONS:
            raise Full(f"{self.name} is busy")
        self._leased += 1
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await asyncio.get_running_loop().create_connection(Connection, self.host, self.port)
        except BaseException:
            self._leased -= 1
            raise
        return connection

    def release(self, connection: Connection, *, reuse: bool) -> None:
        """Give a leased connection back; it is kept when it may be used again."""
        self._leased -= 1
        if reuse and connection.is_reusable:
            connection.idle_since = time.monotonic()
            self._idle.append(connection)
        else:
            connection.end()

    async def get(self, path: str, seconds: float, headers: RawHeaders | None = None) -> tuple[int, bytes]:
        """Status and body of a GET of the gateway's own. Raises `OSError` or `TimeoutError`."""
        return await self.ask("GET", path, seconds, headers or [])

    async def ask(
        self, method: str, path: str, seconds: float, headers: RawHeaders, content: bytes | None = None
    ) -> tuple[int, bytes]:
        """Status and body of any question of the gateway's own that changes nothing. Raises as `get`."""
        sent = [(b"host", self.name.encode()), *headers]
        head = head_bytes(method, path.encode("latin-1"), sent, length=-1 if content is None else len(content))
        async with asyncio.timeout(seconds):
            connection = await self.lease()
            status = 500
            try:
                connection.begin(bodiless=False)
                connection.write(head, content or b"")
                status = (await connection.head()).status
                body = bytearray()
                while (chunk := await connection.chunk()) is not None:
                    body += chunk
                    if len(body) > MAX_DOCUMENT_BYTES:
                        raise Lost("the answer is too long")
                return status, bytes(body)
            finally:
                self.release(connection, reuse=connection.is_complete and status < 500)

    def close(self) -> None:
        """Close what is kept open."""
        while self._idle:
            self._idle.pop().end()


class Upstream:
    """All replicas of one service."""

    def __init__(self, service: Service, urls: list[str]) -> None:
        self.service = service
        self.replicas = [Replica(url) for url in urls]
        self._turn = 0

    @property
    def is_ready(self) -> bool:
        """True when at least one replica said so at its last check."""
        return any(replica.is_ready for replica in self.replicas)

    async def lease(self) -> tuple[Replica, Connection]:
        """A connection to the replica whose turn it is, or to the next that takes one.

        Raises a 503 `Problem` when none does. Nothing has been sent then.
        """
        full = False
        for replica in self._in_turn():
            try:
                return replica, await replica.lease()
            except Full:
                full = True
            except (OSError, TimeoutError):
                replica.is_ready = False
        raise overloaded(self.service) if full else unreachable(self.service)

    async def get(self, path: str, seconds: float, headers: RawHeaders) -> tuple[int, bytes]:
        """Status and body of a GET of the gateway's own. Raises a 503 `Problem` when no replica answers."""
        return await self._ask("GET", path, seconds, headers)

    async def post(self, path: str, seconds: float, headers: RawHeaders, content: bytes) -> tuple[int, bytes]:
        """As `get`, for a question that is too long for an address; it is asked of the next replica, too."""
        return await self._ask("POST", path, seconds, headers, content)

    async def _ask(
        self, method: str, path: str, seconds: float, headers: RawHeaders, content: bytes | None = None
    ) -> tuple[int, bytes]:
        for replica in self._in_turn():
            try:
                return await replica.ask(method, path, seconds, headers, content)
            except (OSError, TimeoutError):
                continue
        raise unreachable(self.service)

    def _in_turn(self) -> list[Replica]:
        if len(self.replicas) < 2:
            return self.replicas
        self._turn = (self._turn + 1) % len(self.replicas)
        turned = self.replicas[self._turn :] + self.replicas[: self._turn]
        return sorted(turned, key=lambda replica: not replica.is_ready)


def connect_upstreams(urls: dict[str, list[str]]) -> dict[Service, Upstream]:
    """The upstream of every service; one whose addresses are not given has no replicas. Raises `ValueError`."""
    return {service: Upstream(service, urls.get(service.value, [])) for service in UPSTREAMS}


def unreachable(service: Service) -> Problem:
    """503: no replica takes a connection; nothing was done."""
    return unavailable(f"The {service.value} service can't be reached just now; nothing was done.")


def overloaded(service: Service) -> Problem:
    """503: every replica that could be reached is busy; nothing was done."""
    return unavailable(f"The {service.value} service has too much to do just now; nothing was done.")


def broke_off(service: Service) -> Problem:
    """503: the connection was lost with the request on its way; nobody knows whether it was done."""
    return unavailable(f"The {service.value} service broke off before it answered; it may or may not have been done.")


def too_slow(service: Service) -> Problem:
    """504: no answer in time; nobody knows whether it was done."""
    return Problem(
        504,
        "upstream_timeout",
        f"The {service.value} service did not answer within {ANSWER_SECONDS:.0f} seconds; it may or may not be done.",
        headers={"Retry-After": "1"},
    )
