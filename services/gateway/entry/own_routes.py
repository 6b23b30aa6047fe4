"""Requests that the gateway answers itself: its FastAPI application is told who calls."""

from __future__ import annotations

import structlog
from starlette.types import ASGIApp, Scope, Send

from services.gateway.entry.caller_context import CallerContext
from services.gateway.entry.callers import Callers
from services.gateway.entry.incoming_body import IncomingBody
from services.gateway.entry.token_cache import TokenCache
from services.gateway.keys.key import to_identity
from services.gateway.request import Call
from services.gateway.requests.routes import Route, Service
from shared.telemetry import trace
from shared.web.shell import limit_body

OWN_BODY_BYTES = 64 * 1024


class OwnRoutes:
    """Hands a request on to `app`."""

    def __init__(self, app: ASGIApp, callers: Callers, tokens: TokenCache) -> None:
        self._app = app
        self._callers = callers
        self._tokens = tokens

    async def answer(self, call: Call, route: Route, incoming: IncomingBody, scope: Scope, send: Send) -> None:
        """Answer a request of a caller who was admitted."""
        body = await incoming.read(OWN_BODY_BYTES, OWN_BODY_BYTES)
        receive = body.again() if body.parts else incoming.receive
        context = trace.enter(call.request_id.decode(), _text(call.traceparent))
        structlog.contextvars.bind_contextvars(correlation=context.correlation)
        if call.method == "HEAD" and call.path != "/stream":
            scope = {**scope, "method": "GET"}  # the server leaves the body out
        scope["query_string"] = call.query
        scope["tocsin.request_id"] = context.correlation
        if (key := call.key) is not None:
            scope["tocsin.identity"] = to_identity(key)
            scope["tocsin.caller_context"] = CallerContext(
                lambda: self._callers.still_holds(call, route),
                lambda: self._tokens.token(key, Service.INCIDENT),
                lambda service: self._tokens.token(key, service),
            )
        await self._app(scope, limit_body(scope, receive, OWN_BODY_BYTES), send)


def _text(traceparent: bytes | None) -> str | None:
    return traceparent.decode("latin-1") if traceparent else None
