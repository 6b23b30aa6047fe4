"""The one way in: every request is named, its caller known and counted, and then it is answered here or passed on.

Plain ASGI, because it is on the path of every alert. What is refused is refused with a problem document before
anything was sent to a service.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.audit_log.writer import AuditLogWriter
from services.gateway.entry.caller_context import CallerContext
from services.gateway.idempotency.idempotency import claim_of, find_idempotency_key
from services.gateway.idempotency.replayer import Replayer
from services.gateway.keys.api.key_management import KeyManagement
from services.gateway.keys.credentials import MAX_KEY_LENGTH, find_credentials
from services.gateway.keys.key import Key, digest_of, judge, to_identity
from services.gateway.keys.key_cache import KeyCache
from services.gateway.proxy.forwarder import WHOLE_BYTES, Body, ClientLeft, Request, forward, read_body
from services.gateway.proxy.ownership import Owners
from services.gateway.proxy.upstream import Upstream
from services.gateway.public_pages.cache import PublicCache
from services.gateway.references.owner_client import References
from services.gateway.references.rules import names_others
from services.gateway.refusals.formats import (
    ROUTING_BODY_BYTES,
    dialect_of,
    format_refusal,
    has_key_in_body,
    read_routing_key,
)
from services.gateway.refusals.refusal import refusal_problem
from services.gateway.request import Call, read_call
from services.gateway.requests.addresses import Network
from services.gateway.requests.answer_headers import guard_headers
from services.gateway.requests.headers import (
    fault_of_target,
    is_alertmanager,
    is_unframed,
    upstream_headers,
    without_slash,
)
from services.gateway.requests.rate_limit import Limiter, RateVerdict
from services.gateway.requests.routes import Need, Route, Service, find_route, incident_of, person_of
from services.gateway.sessions.session_cache import SessionCache
from shared.callers.identity import HEADER, SHOWN_KEY
from shared.callers.identity_tokens import IdentitySigner
from shared.clocks.clock import Now
from shared.failures import is_dependency_failure
from shared.ids import fresh
from shared.problem import Problem, malformed, unavailable
from shared.process.logs import get_logger
from shared.telemetry import trace
from shared.telemetry.metrics import HTTP_SECONDS
from shared.text.packed import require_unpacked
from shared.web.shell import MAX_BODY_BYTES, limited
from shared.web.wire import STRAY_BODY

TOKEN_SECONDS = 30
"""A signed token is used again this long; it is good for twice that."""
OWN_BODY_BYTES = 64 * 1024
_UNCOUNTED = frozenset({"/healthz", "/readyz", "/metrics"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_IDENTITY = HEADER.lower().encode()
_SHOWN = SHOWN_KEY.lower().encode()

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Signed:
    """A token made for a key at its present state, for one service."""

    key: Key
    token: bytes
    at: datetime


class Entry:
    """The gateway as an ASGI application; `own` answers what is the gateway's."""

    def __init__(
        self,
        own: ASGIApp,
        upstreams: Mapping[Service, Upstream],
        key_cache: KeyCache,
        signer: IdentitySigner,
        clock: Now,
        *,
        replayer: Replayer,
        owners: Owners,
        key_management: KeyManagement,
        references: References,
        session_cache: SessionCache,
        audit_log: AuditLogWriter,
        rate: float,
        trusted_proxies: Sequence[Network] = (),
        https: bool = False,
    ) -> None:
        self._own = own
        self._upstreams = upstreams
        self._key_cache = key_cache
        self._signer = signer
        self._clock = clock
        self._replayer = replayer
        self._owners = owners
        self._key_management = key_management
        self._references = references
        self._session_cache = session_cache
        self._audit_log = audit_log
        self._trusted = tuple(trusted_proxies)
        self._https = https
        self._by_key = Limiter(rate=rate)
        self._by_address = Limiter(rate=rate)
        self._signed: dict[tuple[str, Service], Signed] = {}
        self._public = PublicCache(self._fetch)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        call = read_call(scope, fresh(), self._trusted)
        status = 0
        is_complete = False

        async def watched(message: Message) -> None:
            nonlocal status, is_complete
            is_complete = message["type"] == "http.response.body" and not message.get("more_body", False)
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = guard_headers(list(message.get("headers", ())), call.route, https=self._https)
                message["headers"] = [*headers, (b"x-request-id", call.request_id)]
            await send(message)

        try:
            await self._serve(call, scope, receive, watched)
        except Problem as problem:
            if problem.status in (401, 403):
                call.refused = problem.code
            await _send_refusal(watched, call, problem)
        except ClientLeft:
            status = 499
        except Exception as error:
            if is_complete:
                return  # the framework has it logged and answered, and raises it once more
            if status:
                raise
            await _send_refusal(watched, call, _failure(call, error))
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
        call.route = route = _routed(call, scope)
        if scope.get(STRAY_BODY) or (route.is_webhook and is_unframed(call.method, call.headers)):
            raise Problem(411, "length_required", "The body needs a Content-Length, or to be sent in chunks.")
        if PublicCache.serves(call):
            await self._public.answer(call, send, lambda: self._count_address(call))
            return
        credentials = find_credentials(call.headers, call.query, webhook=route.is_webhook)
        call.query = credentials.query
        call.shown = credentials.key if route.is_signed else None
        digest = digest_of(credentials.key) if credentials.key else None
        body: Body | None = None
        if digest is None and has_key_in_body(call.method, call.path):
            body = await read_body(call.headers, receive, whole=ROUTING_BODY_BYTES, limit=ROUTING_BODY_BYTES)
            shown = read_routing_key(b"".join(body.parts), call.encoding, call.content_type)
            digest = digest_of(shown[:MAX_KEY_LENGTH]) if shown else None
        elif digest is None and route.takes_cookies(call.method):
            digest = await self._session_cache.admit(call)
            call.by_cookie = digest is not None
        call.digest = digest
        key = await self._admit(call, route, digest)
        if call.encoding and not route.is_webhook:
            require_unpacked(call.encoding)
        limit = OWN_BODY_BYTES if route.service is Service.GATEWAY else MAX_BODY_BYTES
        once = find_idempotency_key(call.headers) if call.method == "POST" and key is not None else None
        if once is not None:
            body = body or await read_body(call.headers, receive, whole=limit, limit=limit)

        async def exchange(send: Send) -> None:
            if route.service is Service.GATEWAY:
                sent = body or await read_body(call.headers, receive, whole=limit, limit=limit)
                await self._answer(call, key, scope, sent.again() if sent.parts else receive, send)
            else:
                whole = MAX_BODY_BYTES if names_others(call.method, call.path) else WHOLE_BYTES
                await self._pass_on(call, key, body or await read_body(call.headers, receive, whole=whole), send)

        if once is None or key is None or body is None:
            await exchange(send)
            return
        claim = claim_of(
            key.id,
            once,
            method=call.method,
            target=call.target,
            body=b"".join(body.parts),
            holder=fresh(),
            now=self._clock.now(),
        )
        await self._replayer.answer(claim, exchange, send, must_pass=route.is_webhook)

    async def _admit(self, call: Call, route: Route, digest: str | None) -> Key | None:
        """Who calls; None where nobody needs to be known. Raises the `Problem` of who may not."""
        need = route.need(call.method)
        now = time.monotonic()
        if need is Need.ANYONE:
            if call.path not in _UNCOUNTED:
                self._count(call, self._by_address.take(call.address, now))
            return None
        key = self._key_cache.known(digest) if digest else None
        if key is None:
            self._count(call, self._by_address.take(call.address, now))
            if digest:
                key = await self._key_cache.find(digest)
        call.key = key
        refusal = judge(need, key, shown=digest, now=self._clock.now())
        if refusal is not None:
            raise refusal_problem(refusal, need)
        if key is not None:
            self._count(call, self._by_key.take(key.id, now))
        return key

    def _count_address(self, call: Call) -> None:
        self._count(call, self._by_address.take(call.address, time.monotonic()))

    async def _fetch(self, call: Call, send: Send) -> None:
        """Pass on what a reader of a public page asks, for whoever asks it too."""
        await self._pass_on(call, None, Body(_no_more, None, [], more=False), send)

    def _count(self, call: Call, verdict: RateVerdict) -> None:
        if verdict.allowed:
            return
        seconds = max(1, math.ceil(verdict.retry_after_seconds))
        if is_alertmanager(call.path, call.query, call.user_agent):
            raise unavailable("More requests than the limit allows; send this one again.", seconds)
        raise Problem(
            429, "rate_limited", "More requests than the limit allows.", headers={"Retry-After": str(seconds)}
        )

    async def _answer(self, call: Call, key: Key | None, scope: Scope, receive: Receive, send: Send) -> None:
        traceparent = call.traceparent.decode("latin-1") if call.traceparent else None
        context = trace.enter(call.request_id.decode(), traceparent)
        structlog.contextvars.bind_contextvars(correlation=context.correlation)
        if call.method == "HEAD" and call.path != "/stream":
            scope = {**scope, "method": "GET"}  # the server leaves the body out
        scope["query_string"] = call.query
        scope["tocsin.request_id"] = context.correlation
        if key is not None:
            scope["tocsin.identity"] = to_identity(key)
            scope["tocsin.caller_context"] = CallerContext(
                lambda: self._holds(call), lambda: self._token(key, Service.INCIDENT)
            )
        await self._own(scope, limited(scope, receive, OWN_BODY_BYTES), send)

    async def _holds(self, call: Call) -> bool:
        """True while the caller would be let in again."""
        assert call.route is not None  # noqa: S101 - found before
        if call.digest is None:
            return False
        try:
            digest = await self._session_cache.admit(call) if call.by_cookie else call.digest
        except Problem:
            return False
        need = call.route.need(call.method)
        return (
            digest == call.digest
            and judge(need, self._key_cache.known(call.digest), shown=digest, now=self._clock.now()) is None
        )

    async def _pass_on(self, call: Call, key: Key | None, body: Body, send: Send) -> None:
        assert call.route is not None  # noqa: S101 - found before
        traceparent = trace.child(call.traceparent.decode("latin-1") if call.traceparent else None)
        additions = [
            (b"x-request-id", call.request_id),
            (b"traceparent", traceparent.encode()),
            (b"x-forwarded-for", call.address.encode("latin-1", "replace")),
        ]
        if call.shown is not None:
            additions.append((_SHOWN, call.shown.encode("latin-1", "replace")))
        if key is not None:
            additions.append((_IDENTITY, self._token(key, call.route.service)))
            if key.teams and (incident := incident_of(call.route, call.path)) is not None:
                await self._owners.require_incident(incident, self._token(key, Service.INCIDENT), call.method)
            if call.method == "DELETE" and (person := person_of(call.path)) is not None:
                await self._key_management.require_not_above(person, key)
            if names_others(call.method, call.path):
                content = b"".join(body.parts)
                await self._references.require_known(call, content, lambda service: self._token(key, service))
        request = Request(call.method, call.target, upstream_headers(call.headers, additions), body)
        await forward(self._upstreams[call.route.service], request, send)

    def _token(self, key: Key, service: Service) -> bytes:
        now = self._clock.now()
        signed = self._signed.get((key.id, service))
        if (
            signed is None
            or signed.key is not key
            or not timedelta() <= now - signed.at < timedelta(seconds=TOKEN_SECONDS)
        ):
            signed = Signed(key, self._signer.sign(to_identity(key), service, now).encode(), now)
            self._signed[key.id, service] = signed
        return signed.token


def _routed(call: Call, scope: Scope) -> Route:
    """Where a request goes. Raises a `Problem` for a head that can't be, or leads nowhere."""
    if fault := fault_of_target(scope["raw_path"], call.path, call.query):
        raise malformed(fault)
    route = find_route(call.path)
    if route is None:
        raise Problem(404, "not_found", "There is nothing at this address.")
    if route.is_delivered_to(call.method):
        call.path, call.raw_path = without_slash(call.path, call.raw_path)
    return route


async def _no_more() -> Message:
    return {"type": "http.disconnect"}


async def _send_refusal(send: Send, call: Call, problem: Problem) -> None:
    said = format_refusal(problem, dialect_of(call.path), call.request_id.decode())
    body = said.body
    headers = [(b"content-type", said.content_type.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in said.headers.items()]
    await send({"type": "http.response.start", "status": said.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _failure(call: Call, error: Exception) -> Problem:
    if is_dependency_failure(error):
        log.warning("a part is down", path=_named(call), error=repr(error)[:300])
        return unavailable("A part that this needs does not answer; nothing was done.")
    log.error("a request failed", path=_named(call), exc_info=error)
    return Problem(500, "internal", "Something is wrong on our side; it has been logged.")


def _named(call: Call) -> str:
    """The address for the logs: where no key is asked for, the path may hold a secret of its own."""
    if call.route is None or call.route.need(call.method) is not Need.ANYONE:
        return call.path
    return call.route.pattern
