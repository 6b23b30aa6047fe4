"""Real servers on loopback that stand at the other end of each channel, each able to misbehave on request."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack
from typing import Protocol

from shared.settings import Settings
from shared.testing.mail_sink import MailSink
from shared.testing.peers.slack import SIGNING_SECRET, TOKEN, SlackServer, Trouble
from shared.testing.server_thread import ServerThread
from shared.testing.webhook_sink import Answer, WebhookSink

ENDLESS = b"x" * 65536


class RawServer:
    """Accepts connections and then does one odd thing; counts its connections."""

    def __init__(self, *, greeting: bytes = b"", endless: bool = False) -> None:
        self._greeting, self._endless = greeting, endless
        self.connections = 0
        self._thread = ServerThread("raw-server")
        self._server = self._thread.do(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._talk, "127.0.0.1", 0, family=socket.AF_INET)

    async def _talk(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            writer.write(self._greeting)
            while self._endless:
                writer.write(ENDLESS)
                await writer.drain()
            await asyncio.sleep(60)
        except OSError:
            pass
        finally:
            writer.close()

    def close(self) -> None:
        self._thread.shut(self._server)
        self._thread.close()


class Receiver(Protocol):
    """The other end of a channel."""

    def settings(self, settings: Settings) -> Settings:
        """Settings under which the channel reaches this receiver."""

    def address(self, inbox: str) -> str:
        """A contact method's address here."""

    def received(self, inbox: str) -> list[tuple[str, str]]:
        """What was taken: (id, all its text)."""

    def answer_temporarily(self, inbox: str) -> None:
        """Ask for patience from now on."""

    def answer_permanently(self, inbox: str) -> None:
        """Refuse for good from now on."""

    def say_nothing(self) -> None:
        """Accept connections and never answer."""

    def say_too_much(self) -> None:
        """Answer without end."""

    def go_away(self) -> None:
        """Stop listening."""


class Replaceable:
    """A receiver whose place may be taken by a server that misbehaves, or by nobody."""

    babble = b"HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\n"
    """How an answer without end begins."""

    def __init__(self, stack: ExitStack, port: int) -> None:
        self._stack = stack
        self._port = port

    def say_nothing(self) -> None:
        self._use(RawServer())

    def say_too_much(self) -> None:
        self._use(RawServer(greeting=self.babble, endless=True))

    def go_away(self) -> None:
        self._port = unused_port()

    def _use(self, server: RawServer) -> None:
        self._stack.callback(server.close)
        self._port = server.port


class WebhookReceiver(Replaceable):
    """The other end of `webhook`."""

    def __init__(self, stack: ExitStack) -> None:
        self._sink = stack.enter_context(WebhookSink())
        super().__init__(stack, self._sink.port)

    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"outbound_allow": ["127.0.0.0/8"]})

    def address(self, inbox: str) -> str:
        return f"http://127.0.0.1:{self._port}/{inbox}"

    def received(self, inbox: str) -> list[tuple[str, str]]:
        return [(post.headers["webhook-id"], post.body.decode()) for post in self._sink.to(inbox)]

    def answer_temporarily(self, inbox: str) -> None:
        self._sink.answer(inbox, Answer(429, headers={"retry-after": "7"}))

    def answer_permanently(self, inbox: str) -> None:
        self._sink.answer(inbox, Answer(410))


class MailReceiver(Replaceable):
    """The other end of `email`."""

    babble = b"220-"

    def __init__(self, stack: ExitStack) -> None:
        self._sink = stack.enter_context(MailSink())
        super().__init__(stack, self._sink.port)

    def settings(self, settings: Settings) -> Settings:
        url = f"smtp://127.0.0.1:{self._port}"
        return settings.model_copy(update={"smtp_url": url, "mail_from": "Tocsin <tocsin@example.org>"})

    def address(self, inbox: str) -> str:
        return f"{inbox}@example.org"

    def received(self, inbox: str) -> list[tuple[str, str]]:
        return [
            (str(mail.message["Message-ID"]).strip("<>").partition("@")[0], f"{mail.subject}\n{mail.text()}")
            for mail in self._sink.to(self.address(inbox))
        ]

    def answer_temporarily(self, inbox: str) -> None:
        self._sink.refuse(self.address(inbox), "451 4.7.1 greylisted, come back later")

    def answer_permanently(self, inbox: str) -> None:
        self._sink.refuse(self.address(inbox))


class SlackReceiver(Replaceable):
    """The other end of `slack`: an inbox is a person."""

    def __init__(self, stack: ExitStack) -> None:
        self.server = stack.enter_context(SlackServer())
        super().__init__(stack, self.server.port)

    def settings(self, settings: Settings) -> Settings:
        url = f"http://127.0.0.1:{self._port}/api"
        return settings.model_copy(
            update={"slack_api_url": url, "slack_token": TOKEN, "slack_signing_secret": SIGNING_SECRET}
        )

    def address(self, inbox: str) -> str:
        return f"U{inbox.upper()}"

    def received(self, inbox: str) -> list[tuple[str, str]]:
        return [
            (one.members["metadata"]["event_payload"]["page_id"], one.text)
            for one in self.server.to(self.address(inbox))
        ]

    def answer_temporarily(self, inbox: str) -> None:
        self.server.trouble(self.address(inbox), Trouble("ratelimited", 429, {"retry-after": "7"}))

    def answer_permanently(self, inbox: str) -> None:
        self.server.trouble(self.address(inbox), Trouble("user_disabled"))


def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
