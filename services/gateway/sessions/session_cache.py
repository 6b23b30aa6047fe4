"""Browsers with a cookie: which secret their session stands for, kept in memory for a moment.

A session that is ended at one replica ends at the others within `FRESH_SECONDS`. While the database is down those that
are known go on, as keys do.
"""

from __future__ import annotations

import asyncio
import secrets
import time

from services.gateway.keys.key import digest_of
from services.gateway.request import Call
from services.gateway.requests.rate_limit import Bucket, take
from services.gateway.requests.routes import READING
from services.gateway.sessions.session import TOKEN_BYTES, Csrf, Session, is_over, is_to_be_noted, new_session, token_in
from services.gateway.sessions.store import SessionStore
from shared.clocks.clock import Now
from shared.failures import is_dependency_failure
from shared.problem import Problem, unavailable
from shared.process.logs import get_logger

FRESH_SECONDS = 2.0
LOOKUP_SECONDS = 2.0
LOOKUPS_PER_SECOND = 200.0
"""Who tries cookies gets as many look-ups as the database can spare."""
_MOST_KNOWN = 10_000

log = get_logger(__name__)


class SessionCache:
    """Begins, finds and ends sessions; those that were just found are in memory."""

    def __init__(self, store: SessionStore, csrf: Csrf, clock: Now, *, secure: bool) -> None:
        """`secure` when browsers come by https."""
        self._store = store
        self._clock = clock
        self._secure = secure
        self._known: dict[str, tuple[float, Session]] = {}
        self._lookups: Bucket | None = None
        self.csrf = csrf

    async def begin(self, key_digest: str) -> str:
        """The token of a new session for the holder of this secret."""
        token = secrets.token_hex(TOKEN_BYTES)
        await self._store.add(new_session(token, key_digest, self._clock.now()))
        return token

    async def end(self, token: str) -> None:
        """End a session: here at once, elsewhere in a moment."""
        id = digest_of(token)  # noqa: A001 - as the store calls it
        await self._store.remove(id)
        self._known.pop(id, None)

    async def holder(self, token: str) -> str | None:
        """The digest of the secret that a session stands for; None when there is no such session."""
        session = await self._find(digest_of(token))
        return session.key_digest if session is not None else None

    async def admit(self, call: Call) -> str | None:
        """The digest of the secret that a request's session stands for; None without a cookie.

        Raises a `Problem`: 401 when the session is over, 403 for a write without its CSRF token.
        """
        token = token_in(call.headers, secure=self._secure)
        if token is None:
            return None
        session = await self._find(digest_of(token))
        now = self._clock.now()
        if session is None or is_over(session, now):
            raise Problem(401, "session_over", "This session is over; sign in again.")
        if call.method not in READING and not self.csrf.is_shown(token, call.headers):
            raise Problem(403, "csrf", "A write by cookie needs the session's token in X-Tocsin-CSRF.")
        if is_to_be_noted(session, now):
            await self._note_use(session)
        return session.key_digest

    async def _find(self, id: str) -> Session | None:
        at, known = self._known.get(id, (0.0, None))
        if known is not None and time.monotonic() - at < FRESH_SECONDS:
            return known
        verdict = take(self._lookups, time.monotonic(), rate=LOOKUPS_PER_SECOND)
        self._lookups = verdict.bucket
        if not verdict.allowed:
            raise unavailable("More sessions than usual are looked up just now; nothing was done.")
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                found = await self._store.get(id)
        except Exception as error:
            if known is None or not is_dependency_failure(error):
                raise
            return known
        self._known.pop(id, None)
        if found is not None:
            self._remember(found)
        return found

    async def _note_use(self, session: Session) -> None:
        now = self._clock.now()
        self._remember(Session(session.id, session.key_digest, session.created_at, now))
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                await self._store.note_use(session.id, now)
        except Exception as error:
            if not is_dependency_failure(error):
                raise
            log.warning("the use of a session is not noted", error=repr(error)[:200])

    def _remember(self, session: Session) -> None:
        self._known.pop(session.id, None)
        self._known[session.id] = (time.monotonic(), session)
        if len(self._known) > _MOST_KNOWN:
            del self._known[next(iter(self._known))]
