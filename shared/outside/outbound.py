"""Calls to the outside: the one place that imports the HTTP client, and the guard that keeps it from reaching inside.

Every call has one time limit over all of it, from the name's resolution to the last byte, and a cap on what is read
of the answer. Redirects are never followed and no proxy of the environment is used: both would let somebody else
choose where the request goes.

The guard against server-side request forgery sits where connections are made, not where addresses are entered: it
resolves the name itself, keeps the addresses that are public or on the allow-list, and connects to exactly those.
A name that resolves to something else a moment later (DNS rebinding) therefore gains nothing. What an IPv6 address
carries inside (IPv4-mapped, 6to4, Teredo, NAT64) is judged as well.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import ipaddress
import os
import select
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpcore2
import httpx2

from shared.outside.public_addresses import addresses_within, is_public

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Leave = Callable[[], Awaitable[None]]
"""Awaited when a connection stands and nothing of the request has gone out; what it raises ends the call."""
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Turns a host name and port into addresses, in the order to try. Raises `OSError`."""

ANSWER_LIMIT_BYTES = 64 * 1024
LARGEST_PORT = 65535
_MARKS = frozenset("!#$%&'*+-.^_`|~")
"""What may stand in a header's name besides letters and digits (RFC 9110, 5.1)."""


class OutboundError(Exception):
    """A call that got no answer; the message says why, for people to read."""


class Refused(OutboundError):
    """We won't make this call, now or later: not a web address, or an address that is not allowed."""


class TimedOut(OutboundError):
    """No complete answer in time."""


class Unreachable(OutboundError):
    """No connection, or it broke before the answer was complete."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` is cut to the limit, and `cut` tells so; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool = False

    def text(self, limit: int = 200) -> str:
        """The beginning of the body as one line of at most `limit` characters, fit for a log or a ledger."""
        words = self.body[: limit * 4].decode("utf-8", "replace").split()
        return "".join(char if char.isprintable() else "\ufffd" for char in " ".join(words))[:limit]


def why_forbidden(address: str, allow: Sequence[Network] = ()) -> str | None:
    """Why we must not connect to this IP address, or None when we may.

    Public addresses are allowed, and what stands in `allow`, which is asked first.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return f"{address} is not an IP address"
    for each in addresses_within(parsed):
        listed = any(each in network for network in allow if network.version == each.version)
        if not listed and not is_public(each):
            return f"{address} is not a public address"
    return None


def networks(cidrs: Iterable[str]) -> list[Network]:
    """The allow-list, parsed. Raises `ValueError` naming the entry that is no CIDR."""
    return [ipaddress.ip_network(cidr, strict=False) for cidr in cidrs]


def destination(url: str) -> str:
    """The `host:port` that a web address leads to, in lower case. Raises `Refused` for what is no web address."""
    parsed = _web_address(url)
    host = parsed.raw_host.decode("ascii").lower()
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@functools.lru_cache(maxsize=4096)
def _web_address(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as error:
        raise Refused(f"not a web address: {error}") from error
    if parsed.scheme not in ("http", "https") or not parsed.raw_host:
        raise Refused("not a web address: it must begin with http:// or https:// and name a host")
    if parsed.port is not None and not 1 <= parsed.port <= LARGEST_PORT:
        raise Refused("not a web address: a port is a number from 1 to 65535")
    return parsed


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """The addresses that this machine's resolver gives, each once, in its order of preference."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def resolve_allowed(
    host: str, port: int, allow: Sequence[Network] = (), resolve: Resolver = system_resolver
) -> list[str]:
    """The addresses of a host that may be connected to, in the order to try; none where it has none.

    Whoever connects connects to exactly these. Raises `Refused` when it has only others, and `Unreachable` when the
    name can't be resolved.
    """
    try:
        addresses = await resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"the name {host} can't be resolved: {error}") from error
    judged = {address: why_forbidden(address, allow) for address in addresses}
    good = [address for address, why in judged.items() if why is None]
    if judged and not good:
        reasons = "; ".join(sorted({why for why in judged.values() if why}))
        raise Refused(f"{host}: {reasons}, and TOCSIN_OUTBOUND_ALLOW does not list it")
    return good


class _Kept(httpcore2.AsyncNetworkStream):
    """A connection that tells cheaply whether the other side closed it: the pool asks all idle ones at every call."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream
        self._poll = select.poll()
        self._poll.register(stream.get_extra_info("socket").fileno(), select.POLLIN)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        return _Kept(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> object:
        return bool(self._poll.poll(0)) if info == "is_readable" else self._stream.get_extra_info(info)


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Makes the TCP connections of the HTTP client, to allowed addresses only."""

    def __init__(self, allow: Sequence[Network], resolve: Resolver) -> None:
        self._allow = allow
        self._resolve = resolve
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Resolve, judge, connect. Raises `Refused` when none of the addresses is allowed."""
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in await self._resolve_allowed(host, port):
            try:
                return _Kept(await self._network.connect_tcp(address, port, timeout, local_address, socket_options))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _resolve_allowed(self, host: str, port: int) -> list[str]:
        try:
            return await resolve_allowed(host, port, self._allow, self._resolve)
        except Unreachable as error:
            raise httpcore2.ConnectError(str(error)) from error


def _trusted() -> ssl.SSLContext:
    return _trusted_of(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@functools.cache
def _trusted_of(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """What trusts the authorities of this machine, or those of this file and folder; reading them takes 40 ms."""
    return httpx2.create_ssl_context()


class _GuardedTransport(httpx2.AsyncHTTPTransport):
    def __init__(self, backend: GuardedBackend, *, connections: int, keep_alive_seconds: float) -> None:
        trusted = _trusted()
        super().__init__(verify=trusted, trust_env=False)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=trusted,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=keep_alive_seconds,
            network_backend=backend,
        )


class Outbound:
    """The HTTP client of a process: connections are kept alive and shared by all its calls.

    `allow` are the CIDRs that may be reached besides public addresses. Raises `ValueError` for one that is none.
    """

    def __init__(
        self,
        allow: Iterable[str] = (),
        *,
        resolve: Resolver = system_resolver,
        connections: int = 256,
        keep_alive_seconds: float = 30.0,
        user_agent: str = "Tocsin",
    ) -> None:
        backend = GuardedBackend(networks(allow), resolve)
        self._transport = _GuardedTransport(backend, connections=connections, keep_alive_seconds=keep_alive_seconds)
        self._user_agent = user_agent

    async def close(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        timeout_seconds: float = 10.0,
        answer_limit_bytes: int = ANSWER_LIMIT_BYTES,
        leave: Leave | None = None,
    ) -> Answer:
        """POST `body`; see `call`."""
        return await self.call(
            "POST",
            url,
            body,
            headers,
            timeout_seconds=timeout_seconds,
            answer_limit_bytes=answer_limit_bytes,
            leave=leave,
        )

    async def call(
        self,
        method: str,
        url: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        timeout_seconds: float = 10.0,
        answer_limit_bytes: int = ANSWER_LIMIT_BYTES,
        leave: Leave | None = None,
    ) -> Answer:
        """Make one request and read its answer up to the limit; any status is an answer, redirects included.

        `timeout_seconds` is for all of it, from the name's resolution to the last byte read. A user and password in
        the address are sent as basic authentication. `leave` is asked when the connection stands, before any byte.
        Raises `Refused`, `TimedOut` or `Unreachable`, and what `leave` raises.
        """
        left = _Leaving(leave) if leave else None
        request = self._request(method, url, body, headers or {}, seconds=timeout_seconds, left=left)
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self._exchange(request, answer_limit_bytes)
        except (TimeoutError, httpx2.TimeoutException) as error:
            if left and left.failure is error:
                raise
            raise TimedOut(f"no answer in {timeout_seconds:g} s") from error
        except OutboundError:
            raise
        except Exception as error:
            if left and left.failure is error:
                raise
            raise Unreachable(str(error) or type(error).__name__) from error

    def _request(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float, left: _Leaving | None
    ) -> httpx2.Request:
        """The request to make. Raises `Refused` for an address or a header that can't be sent."""
        parsed = _web_address(url)
        try:
            fields = {"user-agent": self._user_agent, "accept-encoding": "identity"}
            fields |= _basic_authentication(parsed) | dict(headers)
            _require_sendable(fields)
            return httpx2.Request(
                method,
                parsed.copy_with(userinfo=b"", fragment=None) if parsed.userinfo or parsed.fragment else parsed,
                content=body,
                headers=fields,
                extensions={"timeout": {"connect": seconds / 2}}  # so that a second address has a chance
                | ({"trace": left.trace} if left else {}),
            )
        except (ValueError, TypeError, httpx2.InvalidURL) as error:
            raise Refused(f"this can't be sent: {type(error).__name__}") from error

    async def _exchange(self, request: httpx2.Request, limit: int) -> Answer:
        response = await self._transport.handle_async_request(request)
        body = bytearray()
        try:
            stream = response.stream
            assert isinstance(stream, httpx2.AsyncByteStream)  # noqa: S101  what an async transport gives
            async for chunk in stream:
                body += chunk
                if len(body) > limit:
                    break
        finally:
            await response.aclose()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, bytes(body[:limit]), cut=len(body) > limit)


class _Leaving:
    """Asks `leave` before the head of a request goes out, and keeps what it raised: that is no failure of the call."""

    def __init__(self, leave: Leave) -> None:
        self._leave = leave
        self.failure: BaseException | None = None

    async def trace(self, event: str, _info: Any) -> None:
        """What the client calls at each of its steps."""
        if event.endswith("send_request_headers.started"):
            try:
                await self._leave()
            except BaseException as error:
                self.failure = error
                raise


def _require_sendable(headers: Mapping[str, str]) -> None:
    """Raise `Refused` for a header that can't go over the wire, without its value, which may be a secret."""
    for name, value in headers.items():
        if not (name.isascii() and name and all(letter.isalnum() or letter in _MARKS for letter in name)):
            raise Refused(f"{name[:50]!r} is no name of a header")
        if not value.isascii() or any((ord(letter) < 32 and letter != "\t") or letter == "\x7f" for letter in value):
            raise Refused(f"the header {name} holds letters that can't be sent: only ASCII, no control characters")


def _basic_authentication(url: httpx2.URL) -> dict[str, str]:
    if not url.userinfo:
        return {}
    credentials = base64.b64encode(f"{url.username}:{url.password}".encode()).decode()
    return {"authorization": f"Basic {credentials}"}
