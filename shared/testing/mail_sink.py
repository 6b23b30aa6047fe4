"""A real SMTP server on loopback that keeps what it is sent, with the time of arrival."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
import time
from dataclasses import dataclass
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from shared.testing.server_thread import ServerThread


@dataclass(frozen=True, slots=True)
class Mail:
    """One message for one recipient; `at` is Unix time in seconds."""

    at: float
    sender: str
    recipient: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        """The subject line, decoded."""
        return str(self.message["subject"])

    def text(self) -> str:
        """The plain text part."""
        return self._part("plain")

    def html(self) -> str:
        """The HTML part."""
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None, f"the mail has no {kind} part"
        return str(part.get_content())


class MailSink:
    """Listens on `host`. A context manager; usable from any thread."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._host = host
        self.mails: list[Mail] = []
        self._refused: dict[str, str] = {}
        self._thread = ServerThread("mail-sink")
        self._server = self._thread.do(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        """For `TOCSIN_SMTP_URL`."""
        return f"smtp://{self._host}:{self.port}"

    def to(self, recipient: str) -> list[Mail]:
        """What this address received, oldest first."""
        return [mail for mail in self.mails if mail.recipient == recipient]

    def refuse(self, recipient: str, answer: str = "550 5.1.1 no such mailbox") -> None:
        """Answer so to everything for this address from now on."""
        self._refused[recipient] = answer

    def close(self) -> None:
        """Stop the server."""
        self._thread.shut(self._server)
        self._thread.close()

    async def _listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(
            lambda: SMTP(self, enable_SMTPUTF8=True, loop=loop), self._host, 0, family=socket.AF_INET
        )

    async def handle_RCPT(  # noqa: N802 - the library finds it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Called by the SMTP server for each recipient."""
        if address in self._refused:
            return self._refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library finds it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Called by the SMTP server when a message is complete."""
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        for recipient in envelope.rcpt_tos:
            self.mails.append(Mail(time.time(), str(envelope.mail_from), recipient, message))
        return "250 OK"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
