"""Requests that a service answers: what only the gateway can check is checked, and they are passed on, signed.

What it checks is what spans services: whose incident is asked for where its owner is another service, whether a person
who is deleted has keys that outrank the caller's, and whether what a write names exists. What a service can't answer by
itself is asked of the others before, and goes along.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import Message, Send

from services.gateway.entry.incoming_body import IncomingBody
from services.gateway.entry.token_cache import TokenCache
from services.gateway.keys.api.key_management import KeyManagement
from services.gateway.keys.key import Key
from services.gateway.preparation.owner_client import Preparation
from services.gateway.preparation.questions import is_prepared
from services.gateway.proxy.forwarder import WHOLE_BYTES, Body, Request, forward
from services.gateway.proxy.ownership import Owners
from services.gateway.proxy.upstream import Upstream
from services.gateway.references.owner_client import References
from services.gateway.references.rules import names_others
from services.gateway.request import Call
from services.gateway.requests.headers import upstream_headers
from services.gateway.requests.routes import Route, Service, incident_of, person_of
from shared.callers.identity import HEADER, SHOWN_KEY
from shared.telemetry import trace
from shared.web.shell import MAX_BODY_BYTES

_IDENTITY = HEADER.lower().encode()
_SHOWN = SHOWN_KEY.lower().encode()


class ServiceProxy:
    """Passes requests on to the services."""

    def __init__(
        self,
        upstreams: Mapping[Service, Upstream],
        tokens: TokenCache,
        owners: Owners,
        key_management: KeyManagement,
        *,
        references: References,
        preparation: Preparation,
    ) -> None:
        self._upstreams = upstreams
        self._tokens = tokens
        self._owners = owners
        self._key_management = key_management
        self._references = references
        self._preparation = preparation

    async def answer(self, call: Call, route: Route, incoming: IncomingBody, send: Send) -> None:
        """Have the route's service answer a request of a caller who was admitted. Raises the `Problem` of a check."""
        is_read = names_others(call.method, call.path) or is_prepared(call.method, call.path)
        body = await incoming.read(MAX_BODY_BYTES if is_read else WHOLE_BYTES)
        if call.key is not None:
            await self._check(call, route, call.key, body)
            body = await self._prepare(call, call.key, body)
        await self._forward(call, route, body, send)

    async def fetch(self, call: Call, send: Send) -> None:
        """Have a service answer what everybody may ask, without a body and for nobody in particular."""
        assert call.route is not None  # noqa: S101 - only what was routed is fetched
        await self._forward(call, call.route, Body(_end, None, [], more=False), send)

    async def _check(self, call: Call, route: Route, key: Key, body: Body) -> None:
        if key.teams and (incident := incident_of(route, call.path)) is not None:
            await self._owners.require_incident(incident, self._tokens.token(key, Service.INCIDENT), call.method)
        if call.method == "DELETE" and (person := person_of(call.path)) is not None:
            await self._key_management.require_not_above(person, key)
        if names_others(call.method, call.path):
            content = b"".join(body.parts)
            await self._references.require_known(call, content, lambda service: self._tokens.token(key, service))

    async def _prepare(self, call: Call, key: Key, body: Body) -> Body:
        """The body with what others were asked for it; of most requests as it is."""
        if not is_prepared(call.method, call.path):
            return body
        content = await self._preparation.prepare(
            call, b"".join(body.parts), key, lambda service: self._tokens.token(key, service)
        )
        return Body(_end, None, [content], size=len(content), more=False)

    async def _forward(self, call: Call, route: Route, body: Body, send: Send) -> None:
        traceparent = trace.child(call.traceparent.decode("latin-1") if call.traceparent else None)
        additions = [
            (b"x-request-id", call.request_id),
            (b"traceparent", traceparent.encode()),
            (b"x-forwarded-for", call.address.encode("latin-1", "replace")),
        ]
        if call.shown is not None:
            additions.append((_SHOWN, call.shown.encode("latin-1", "replace")))
        if call.key is not None:
            additions.append((_IDENTITY, self._tokens.token(call.key, route.service)))
        request = Request(call.method, call.target, upstream_headers(call.headers, additions), body)
        await forward(self._upstreams[route.service], request, send)


async def _end() -> Message:
    return {"type": "http.disconnect"}
