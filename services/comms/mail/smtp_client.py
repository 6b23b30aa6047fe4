"""Connections to one mail server, kept open between mails: a burst of pages pays for the handshake a few times only.

With a password STARTTLS is demanded, and the certificate is checked, unless `?starttls=never` says otherwise. Without
one it is used when the server offers it; offered and not demanded, the certificate isn't checked: somebody who could
forge one could as well hide the offer. `?starttls=always` and `smtps://` demand it and check the certificate.

A server that is slow to greet, or to take the recipient, delays a mail for seconds: whether it may still leave is asked
right before its content goes out.
"""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from services.comms.delivery.outcome import Leave

IDLE_SECONDS = 20.0
KEPT = 8


class StartTls(StrEnum):
    """When a plain connection is turned into an encrypted one."""

    OFFERED = "offered"
    NEVER = "never"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes, from `TOCSIN_SMTP_URL`."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    tls: bool = False
    starttls: StartTls = StartTls.OFFERED

    @property
    def destination(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"


def mail_server(url: str) -> MailServer:
    """Read `smtp[s]://user:pass@host:port?starttls=never|always`. Raises `ValueError`, without the password."""
    parts = urlsplit(url)
    # a password is for the server that was meant, and for nobody on the way
    usual = StartTls.ALWAYS if parts.username else StartTls.OFFERED
    wish = parse_qs(parts.query).get("starttls", [usual.value])[0]
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("TOCSIN_SMTP_URL must read smtp://host:port or smtps://host:port")
    if wish not in set(StartTls):
        raise ValueError(f"TOCSIN_SMTP_URL: starttls is never or always, not {wish!r}")
    tls = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname,
        port=parts.port or (465 if tls else 587 if parts.username else 25),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or "") if parts.username else None,
        tls=tls,
        starttls=StartTls(wish),
    )


class _Connection(aiosmtplib.SMTP):
    """Asks `leave` before the content of a mail."""

    leave: Leave | None = None

    async def data(self, message: str | bytes, /, **more: Any) -> aiosmtplib.SMTPResponse:
        if self.leave is not None:
            await self.leave()
        return await super().data(message, **more)


@cache
def _checked() -> ssl.SSLContext:
    """For servers whose certificate must be right; reading the authorities' takes a while, and all may share it."""
    return ssl.create_default_context()


@cache
def _unchecked() -> ssl.SSLContext:
    """Keeps a mere listener out where a server offers it, and asks for no certificate that anybody signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class MailConnections:
    """The open connections to one mail server."""

    def __init__(self, server: MailServer, *, timeout_seconds: float, fallback_name: str = "localhost") -> None:
        self._server = server
        self._timeout = timeout_seconds
        name = socket.gethostname()
        self._name = name if "." in name else fallback_name
        self._idle: list[tuple[float, _Connection]] = []

    async def deliver(self, sender: str, recipient: str, message: bytes, leave: Leave, *, utf8: bool) -> str:
        """Hand one mail over and return the server's receipt. Raises what aiosmtplib and `leave` raise.

        A kept connection that the server closed meanwhile is replaced once: it took nothing of this mail.
        """
        options = ["smtputf8"] if utf8 else []
        kept = self._take()
        if kept is not None:
            kept.leave = leave
            try:
                return await self._use(kept, sender, recipient, message, options)
            except aiosmtplib.SMTPServerDisconnected:
                pass
        connection = await self._connect()
        connection.leave = leave
        return await self._use(connection, sender, recipient, message, options)

    async def _use(
        self, connection: _Connection, sender: str, recipient: str, message: bytes, options: list[str]
    ) -> str:
        healthy = False
        try:
            _, receipt = await connection.sendmail(sender, [recipient], message, mail_options=options)
            healthy = True
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPDataError, aiosmtplib.SMTPNotSupported):
            healthy = True
            raise
        finally:
            if healthy and connection.is_connected and len(self._idle) < KEPT:
                self._idle.append((time.monotonic(), connection))
            else:
                connection.close()
        return receipt

    def _take(self) -> _Connection | None:
        while self._idle:
            since, connection = self._idle.pop()
            if connection.is_connected and time.monotonic() - since < IDLE_SECONDS:
                return connection
            connection.close()
        return None

    async def _connect(self) -> _Connection:
        server = self._server
        demanded = server.tls or server.starttls is StartTls.ALWAYS
        connection = _Connection(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            local_hostname=self._name,
            timeout=self._timeout,
            use_tls=server.tls,
            start_tls=False if server.tls else _START_TLS[server.starttls],
            tls_context=_checked() if demanded else _unchecked(),
        )
        await connection.connect()
        return connection

    async def close(self) -> None:
        """Close every kept connection."""
        while self._idle:
            self._idle.pop()[1].close()


_START_TLS = {StartTls.OFFERED: None, StartTls.NEVER: False, StartTls.ALWAYS: True}
