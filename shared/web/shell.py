"""The ASGI shell around every service's application, outermost first: trace, metrics, identity, body limit.

Plain ASGI, no framework middleware: it is on the path of every request.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.callers.identity import HEADER
from shared.callers.identity_tokens import IdentityReader
from shared.clocks.clock import Now
from shared.ids import fresh
from shared.problem import Problem, too_large
from shared.telemetry import trace
from shared.telemetry.metrics import HTTP_SECONDS

MAX_BODY_BYTES = 10 * 1024 * 1024
_OPEN_PATHS = ("/healthz", "/readyz", "/metrics", "/openapi.json")
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._:-]{1,100}$")


def header(scope: Scope, name: str) -> str | None:
    """A request header's value, None when it is absent."""
    wanted = name.lower().encode()
    for key, value in scope["headers"]:
        if key == wanted:
            return str(value.decode("latin-1"))
    return None


async def send_problem(send: Send, problem: Problem) -> None:
    """Answer with a problem document."""
    body = json.dumps(problem.body(), ensure_ascii=False).encode("utf-8", "replace")
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in problem.headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Shell:
    """Limits, identity and problems before an application; with `tokens` None no identity is asked for (gateway)."""

    def __init__(
        self, app: ASGIApp, tokens: IdentityReader | None, clock: Now, open_prefixes: tuple[str, ...] = ()
    ) -> None:
        self._app = app
        self._tokens = tokens
        self._clock = clock
        self._open_prefixes = open_prefixes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = header(scope, "x-request-id")
        request_id = given if given and _REQUEST_ID.match(given) else fresh()
        context = trace.enter(request_id, header(scope, "traceparent"))
        structlog.contextvars.bind_contextvars(correlation=context.correlation)
        scope["tocsin.request_id"] = request_id
        began = time.perf_counter()
        status = 500
        is_complete = False
        method = scope["method"]
        if method == "HEAD":
            scope = {**scope, "method": "GET"}  # every GET answers HEAD too: the server leaves the body out

        async def send_watched(message: Message) -> None:
            nonlocal status, is_complete
            is_complete = message["type"] == "http.response.body" and not message.get("more_body", False)
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", []).append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            self._identify(scope)
            await self._app(scope, limit_body(scope, receive), send_watched)
        except Problem as problem:
            await send_problem(send_watched, problem)
        except Exception:
            # what was answered is logged; raised once more it would only close the connection of the next request
            if not is_complete:
                raise
        finally:
            route = scope.get("route")
            HTTP_SECONDS.labels(
                method if method in _METHODS else "other", getattr(route, "path", "none"), str(status)
            ).observe(time.perf_counter() - began)

    def _identify(self, scope: Scope) -> None:
        path: str = scope["path"]
        if self._tokens is None or path in _OPEN_PATHS or path.startswith(self._open_prefixes or ("\x00",)):
            return
        token = header(scope, HEADER)
        if token is None:
            raise Problem(401, "not_the_gateway", "This service answers only calls that come by the gateway.")
        scope["tocsin.identity"] = self._tokens.read(token, self._clock.now())


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def limit_body(scope: Scope, receive: Receive, limit: int = MAX_BODY_BYTES) -> Callable[[], Any]:
    """`receive`, raising a 413 `Problem` once more than `limit` bytes of body have come or been announced."""
    announced = header(scope, "content-length") or ""
    # no length of more than 15 digits is ever parsed: parsing one is work, and refused above some thousand digits
    if announced.isascii() and announced.isdigit() and (len(announced) > 15 or int(announced) > limit):
        raise too_large(limit)
    taken = 0

    async def receive_limited() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > limit:
                raise too_large(limit)
        return message

    return receive_limited
