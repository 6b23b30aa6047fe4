"""The one way in: every request is named, its caller known and counted, and then it is answered here or passed on.

Plain ASGI, because it is on the path of every alert. What is refused is refused with a problem document before
anything was sent to a service.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from starlette.types import Message, Receive, Scope, Send

from services.gateway.audit_log.writer import AuditLogWriter
from services.gateway.entry.callers import Callers
from services.gateway.entry.failures import problem_of, send_refusal
from services.gateway.entry.incoming_body import IncomingBody
from services.gateway.entry.own_routes import OWN_BODY_BYTES, OwnRoutes
from services.gateway.entry.service_proxy import ServiceProxy
from services.gateway.idempotency.idempotency import Claim, find_idempotency_key
from services.gateway.idempotency.replayer import Exchange, Replayer
from services.gateway.proxy.forwarder import ClientLeft
from services.gateway.public_pages.cache import PublicCache
from services.gateway.request import Call, read_call
from services.gateway.requests.addresses import Network
from services.gateway.requests.answer_headers import guard_headers
from services.gateway.requests.headers import fault_of_target, is_unframed, without_slash
from services.gateway.requests.routes import Route, Service, find_route
from shared.ids import fresh
from shared.problem import Problem, malformed
from shared.telemetry.metrics import HTTP_SECONDS
from shared.text.packed import require_unpacked
from shared.web.shell import MAX_BODY_BYTES
from shared.web.wire import STRAY_BODY

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Entry:
    """The gateway as an ASGI application: the steps of a request, in their order."""

    def __init__(
        self,
        callers: Callers,
        own_routes: OwnRoutes,
        proxy: ServiceProxy,
        replayer: Replayer,
        audit_log: AuditLogWriter,
        *,
        trusted_proxies: Sequence[Network] = (),
        https: bool = False,
    ) -> None:
        """`trusted_proxies` may say for whom they call; `https` when browsers come by it."""
        self._callers = callers
        self._own_routes = own_routes
        self._proxy = proxy
        self._replayer = replayer
        self._audit_log = audit_log
        self._public = PublicCache(proxy.fetch)
        self._trusted = tuple(trusted_proxies)
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        call = read_call(scope, fresh(), self._trusted)
        status = 0
        is_complete = False

        async def send_watched(message: Message) -> None:
            nonlocal status, is_complete
            is_complete = message["type"] == "http.response.body" and not message.get("more_body", False)
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = guard_headers(list(message.get("headers", ())), call.route, https=self._https)
                message["headers"] = [*headers, (b"x-request-id", call.request_id)]
            await send(message)

        try:
            await self._serve(call, scope, receive, send_watched)
        except Problem as problem:
            if problem.status in (401, 403):
                call.refused = problem.code
            await send_refusal(send_watched, call, problem)
        except ClientLeft:
            status = 499
        except Exception as error:
            if is_complete:
                return  # the framework has it logged and answered, and raises it once more
            if status:
                raise
            await send_refusal(send_watched, call, problem_of(call, error))
        finally:
            HTTP_SECONDS.labels(
                call.method if call.method in _METHODS else "other",
                call.route.pattern if call.route else "none",
                str(status),
            ).observe(time.perf_counter() - began)
            # who signs in shows the key in the body, so it is the session's route that knows whose it is
            key, why = call.key or scope.get("tocsin.acted"), call.refused or scope.get("tocsin.refused")
            self._audit_log.note(call, key, status, why)

    async def _serve(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        call.route = route = _find_route(call, scope)
        if scope.get(STRAY_BODY) or (route.is_webhook and is_unframed(call.method, call.headers)):
            raise Problem(411, "length_required", "The body needs a Content-Length, or to be sent in chunks.")
        if PublicCache.serves(call):
            await self._public.answer(call, send, lambda: self._callers.count_address(call))
            return
        body = IncomingBody(call.headers, receive)
        await self._callers.admit(call, route, body)
        if call.encoding and not route.is_webhook:
            require_unpacked(call.encoding)
        exchange: Exchange
        if route.service is Service.GATEWAY:
            exchange = partial(self._own_routes.answer, call, route, body, scope)
        else:
            exchange = partial(self._proxy.answer, call, route, body)
        claim = await self._claim(call, route, body)
        if claim is None:
            await exchange(send)
        else:
            await self._replayer.answer(claim, exchange, send, must_pass=route.is_webhook)

    async def _claim(self, call: Call, route: Route, incoming: IncomingBody) -> Claim | None:
        """What a write under an idempotency key claims; None for any other request."""
        if call.method != "POST" or call.key is None:
            return None
        once = find_idempotency_key(call.headers)
        if once is None:
            return None
        limit = OWN_BODY_BYTES if route.service is Service.GATEWAY else MAX_BODY_BYTES
        body = await incoming.read(limit, limit)
        return self._replayer.claim(call.key.id, once, call.method, call.target, b"".join(body.parts))


def _find_route(call: Call, scope: Scope) -> Route:
    """Where a request goes. Raises a `Problem` for a head that can't be, or leads nowhere."""
    if fault := fault_of_target(scope["raw_path"], call.path, call.query):
        raise malformed(fault)
    route = find_route(call.path)
    if route is None:
        raise Problem(404, "not_found", "There is nothing at this address.")
    if route.is_delivered_to(call.method):
        call.path, call.raw_path = without_slash(call.path, call.raw_path)
    return route
