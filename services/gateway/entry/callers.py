"""Who calls, and whether they may: by the key that was shown, in a header or a body, or by the session of a browser.

Whoever is known is counted by their key, everybody else by their address, before the database is asked for a key that
is not in memory.
"""

from __future__ import annotations

from services.gateway.entry.incoming_body import IncomingBody
from services.gateway.entry.limits import RequestLimits
from services.gateway.keys.credentials import MAX_KEY_LENGTH, find_credentials
from services.gateway.keys.key import digest_of, judge
from services.gateway.keys.key_cache import KeyCache
from services.gateway.refusals.formats import ROUTING_BODY_BYTES, has_key_in_body, read_routing_key
from services.gateway.refusals.refusal import refusal_problem
from services.gateway.request import Call
from services.gateway.requests.routes import Need, Route
from services.gateway.sessions.session_cache import SessionCache
from shared.clocks.clock import Now
from shared.problem import Problem

_UNCOUNTED = frozenset({"/healthz", "/readyz", "/metrics"})


class Callers:
    """Finds out who sends a request, and refuses those who may not send it."""

    def __init__(self, keys: KeyCache, sessions: SessionCache, limits: RequestLimits, clock: Now) -> None:
        self._keys = keys
        self._sessions = sessions
        self._limits = limits
        self._clock = clock

    async def admit(self, call: Call, route: Route, body: IncomingBody) -> None:
        """Note in `call` who sends it; `key` stays None where nobody needs to be known.

        Raises the `Problem` of who may not: 401, 403, 429, or 503 when that can't be told.
        """
        credentials = find_credentials(call.headers, call.query, webhook=route.is_webhook)
        call.query = credentials.query
        call.shown = credentials.key if route.is_signed else None
        if credentials.key:
            call.digest = digest_of(credentials.key)
        elif has_key_in_body(call.method, call.path):
            call.digest = await _digest_in_body(call, body)
        elif route.takes_cookies(call.method):
            call.digest = await self._sessions.admit(call)
            call.by_cookie = call.digest is not None
        need = route.need(call.method)
        if need is Need.ANYONE:
            if call.path not in _UNCOUNTED:
                self._limits.count_address(call)
            return
        await self._judge(call, need)

    async def _judge(self, call: Call, need: Need) -> None:
        key = self._keys.get(call.digest) if call.digest else None
        if key is None:
            self._limits.count_address(call)
            if call.digest:
                key = await self._keys.find(call.digest)
        call.key = key
        refusal = judge(need, key, shown=call.digest, now=self._clock.now())
        if refusal is not None:
            raise refusal_problem(refusal, need)
        if key is not None:
            self._limits.count_key(call, key.id)

    def count_address(self, call: Call) -> None:
        """Count a request that nobody needs to be known for. Raises a `Problem` for one too many."""
        self._limits.count_address(call)

    async def still_holds(self, call: Call, route: Route) -> bool:
        """True while who sent this request, which was admitted, would be admitted again."""
        if call.digest is None:
            return False
        try:
            digest = await self._sessions.admit(call) if call.by_cookie else call.digest
        except Problem:
            return False
        key = self._keys.get(call.digest)
        need = route.need(call.method)
        return digest == call.digest and judge(need, key, shown=digest, now=self._clock.now()) is None


async def _digest_in_body(call: Call, incoming: IncomingBody) -> str | None:
    """The digest of the key that PagerDuty's clients put into their bodies; None where there is none."""
    body = await incoming.read(ROUTING_BODY_BYTES, ROUTING_BODY_BYTES)
    shown = read_routing_key(b"".join(body.parts), call.encoding, call.content_type)
    return digest_of(shown[:MAX_KEY_LENGTH]) if shown else None
