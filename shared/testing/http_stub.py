"""A real HTTP server on loopback that answers as a test says: the answers are taken one after the other."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from shared.testing.plain_http import Reply, Request, converse
from shared.testing.server_thread import ServerThread

Answering = Callable[[Request], Reply]


class HttpStub:
    """Answers with `answers` in turn, the last one for ever; a function is asked. A context manager."""

    def __init__(self, answers: Sequence[Reply | Answering], *, port: int = 0) -> None:
        self._answers = list(answers)
        self.requests: list[Request] = []
        self._thread = ServerThread("http-stub")
        self._server = self._thread.do(self._listen(port))
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def _listen(self, port: int) -> asyncio.Server:
        return await asyncio.start_server(
            lambda reader, writer: converse(reader, writer, self._answer), "127.0.0.1", port, family=socket.AF_INET
        )

    async def _answer(self, request: Request) -> Reply:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return answer if isinstance(answer, Reply) else answer(request)

    def close(self) -> None:
        """Stop the server."""
        self._thread.shut(self._server)
        self._thread.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
