"""How mail reaches a server that offers, demands or lacks encryption and authentication."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from services.comms.channels.email import EmailChannel
from services.comms.delivery.outcome import Outcome, OutcomeKind
from services.comms.mail.smtp_client import MailServer, StartTls, mail_server
from shared.testing.server_thread import ServerThread
from shared.vocabulary import Channel
from tests.contract.test_channels import freely
from tests.integration.certificates import self_signed
from tests.unit.comms.builders import LINKS, make_page

pytestmark = pytest.mark.integration


class Server:
    """A mail server with or without STARTTLS that remembers how each mail came."""

    def __init__(self, tls: ssl.SSLContext | None = None, *, password: str | None = None) -> None:
        self._tls, self._password = tls, password
        self.encrypted: list[bool] = []
        self.connections = 0
        self._thread = ServerThread("mail-server")
        self._server = self._thread.do(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def _listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(self._session, "127.0.0.1", 0, family=socket.AF_INET)

    def _session(self) -> SMTP:
        self.connections += 1
        return SMTP(
            self,
            tls_context=self._tls,
            loop=asyncio.get_running_loop(),
            authenticator=self._authenticate if self._password else None,
            auth_required=self._password is not None,
            auth_require_tls=False,
        )

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=data.password.decode() == self._password)

    async def handle_DATA(self, _server: SMTP, session: Session, _envelope: Envelope) -> str:  # noqa: N802
        self.encrypted.append(session.ssl is not None)
        return "250 OK"

    def close(self) -> None:
        self._thread.shut(self._server)
        self._thread.close()


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    started: list[Server] = []
    yield started
    for server in started:
        server.close()


async def mailed(server: MailServer, count: int = 1) -> list[Outcome]:
    channel = EmailChannel(server, "tocsin@example.org", 3.0)
    page = make_page(channel=Channel.EMAIL, address="sara@example.org")
    try:
        return [await channel.send(page, LINKS, datetime.now(UTC), freely) for _ in range(count)]
    finally:
        await channel.close()


@pytest.mark.parametrize(
    "starttls, offered, expected",
    [
        pytest.param(StartTls.OFFERED, True, (OutcomeKind.DELIVERED, [True]), id="offered: used"),
        pytest.param(StartTls.OFFERED, False, (OutcomeKind.DELIVERED, [False]), id="not offered: plain"),
        pytest.param(StartTls.NEVER, True, (OutcomeKind.DELIVERED, [False]), id="never, though offered: plain"),
        pytest.param(StartTls.ALWAYS, False, (OutcomeKind.DOWN, []), id="always, not offered: not sent"),
        pytest.param(StartTls.ALWAYS, True, (OutcomeKind.DOWN, []), id="always, certificate unknown: not sent"),
    ],
)
async def test_starttls_is_used_as_configured(
    tmp_path: Path, servers: list[Server], starttls: StartTls, offered: bool, expected: tuple[OutcomeKind, list[bool]]
) -> None:
    servers.append(server := Server(self_signed(tmp_path) if offered else None))
    (outcome,) = await mailed(MailServer("127.0.0.1", server.port, starttls=starttls))
    assert (outcome.kind, server.encrypted) == expected


async def test_a_burst_shares_one_connection(servers: list[Server]) -> None:
    servers.append(server := Server())
    outcomes = await mailed(MailServer("127.0.0.1", server.port), count=20)
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.DELIVERED}
    assert server.connections == 1


@pytest.mark.parametrize("password, expected", [("right", OutcomeKind.DELIVERED), ("wrong", OutcomeKind.DOWN)])
async def test_credentials_are_used_and_a_wrong_one_is_no_fault_of_the_mail(
    servers: list[Server], password: str, expected: OutcomeKind
) -> None:
    servers.append(server := Server(password="right"))
    (outcome,) = await mailed(mail_server(f"smtp://tocsin:{password}@127.0.0.1:{server.port}?starttls=never"))
    assert outcome.kind is expected
    assert password not in outcome.detail


@pytest.mark.parametrize(
    "url, expected",
    [
        ("smtp://mail.example:2525", MailServer("mail.example", 2525)),
        ("smtp://mail.example", MailServer("mail.example", 25)),
        ("smtp://u:p%40s@mail.example", MailServer("mail.example", 587, "u", "p@s", starttls=StartTls.ALWAYS)),
        ("smtp://u:p@mail.example?starttls=never", MailServer("mail.example", 587, "u", "p", starttls=StartTls.NEVER)),
        ("smtps://u:p@mail.example", MailServer("mail.example", 465, "u", "p", tls=True, starttls=StartTls.ALWAYS)),
        ("smtp://mail.example:25?starttls=never", MailServer("mail.example", 25, starttls=StartTls.NEVER)),
        ("smtp://mail.example:25?starttls=always", MailServer("mail.example", 25, starttls=StartTls.ALWAYS)),
    ],
)
def test_the_mail_servers_address_is_read(url: str, expected: MailServer) -> None:
    assert mail_server(url) == expected


@pytest.mark.parametrize(
    "url", ["mail.example:25", "http://u:hunter2@x", "smtp://u:hunter2@x?starttls=maybe", "smtp://"]
)
def test_an_unreadable_address_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="TOCSIN_SMTP_URL") as error:
        mail_server(url)
    assert "hunter2" not in str(error.value)
