"""A real HTTP server on loopback that keeps every POST with the time of its arrival.

Each path is an inbox of its own that can be told to answer slowly, with an error, or for a while only. An inbox that
knows a secret checks the signature of what it receives (Standard Webhooks: https://www.standardwebhooks.com).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import time
from collections import defaultdict
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from shared.testing.plain_http import Reply, Request, converse
from shared.testing.server_thread import ServerThread

TOLERANCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Post:
    """One request: `at` is Unix time in seconds, header names are in lower case, `answered` is the status sent."""

    at: float
    path: str
    headers: dict[str, str]
    body: bytes
    answered: int

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


@dataclass(slots=True)
class Answer:
    """How an inbox answers: `times` left of this answer, None for ever; afterwards it is 200 at once."""

    status: int = 200
    delay_seconds: float = 0.0
    times: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


class WebhookSink:
    """Listens on `host`. A context manager; usable from any thread."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._host = host
        self.posts: list[Post] = []
        self._by_path: defaultdict[str, list[Post]] = defaultdict(list)
        self._answers: dict[str, Answer] = {}
        self._thread = ServerThread("webhook-sink")
        self._server = self._thread.do(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]

    def url(self, inbox: str) -> str:
        """The address of an inbox."""
        return f"http://{self._host}:{self.port}/{inbox}"

    def to(self, inbox: str) -> list[Post]:
        """What this inbox took (answered 2xx), oldest first."""
        return [post for post in self.attempts(inbox) if post.answered < 300]

    def attempts(self, inbox: str) -> list[Post]:
        """Everything that came to this inbox, whatever it answered, oldest first."""
        return list(self._by_path.get(f"/{inbox}", ()))

    def answer(self, inbox: str, answer: Answer) -> None:
        """Answer so from now on."""
        self._answers[f"/{inbox}"] = answer

    def close(self) -> None:
        """Stop the server."""
        self._thread.shut(self._server)
        self._thread.close()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._on_connection, self._host, 0, family=socket.AF_INET, backlog=1024)

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await converse(reader, writer, self._answer)

    async def _answer(self, request: Request) -> Reply:
        answer = self._next_answer(request.path)
        post = Post(time.time(), request.path, request.headers, request.body, answer.status)
        self.posts.append(post)
        self._by_path[request.path].append(post)
        if answer.delay_seconds:
            await asyncio.sleep(answer.delay_seconds)
        return Reply(answer.status, answer.headers)

    def _next_answer(self, path: str) -> Answer:
        answer = self._answers.get(path)
        if answer is None or answer.times == 0:
            return Answer()
        if answer.times is not None:
            answer.times -= 1
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def verify(post: Post, secret: str) -> None:
    """Raise `AssertionError` unless the post is signed with `secret` (`whsec_` and base64) and is not old."""
    identity, timestamp = post.headers["webhook-id"], post.headers["webhook-timestamp"]
    assert abs(post.at - int(timestamp)) < TOLERANCE_SECONDS, f"signed at {timestamp}, arrived at {post.at}"
    signed = f"{identity}.{timestamp}.".encode() + post.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    given = [part.partition(",")[2] for part in post.headers["webhook-signature"].split(" ")]
    assert any(hmac.compare_digest(one, expected) for one in given), "the signature is not of this secret"
