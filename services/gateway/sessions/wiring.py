"""Puts the sessions of browsers together."""

from __future__ import annotations

from services.gateway.keys.key_cache import KeyCache
from services.gateway.sessions import api as session_routes
from services.gateway.sessions.session import Csrf
from services.gateway.sessions.session_cache import SessionCache
from services.gateway.sessions.store import SessionStore
from shared.runtime import Runtime


def add_sessions(runtime: Runtime, key_cache: KeyCache) -> SessionCache:
    """`/session`, and the sessions that this process knows."""
    settings, clock, secure = runtime.settings, runtime.clock, runtime.settings.has_https
    session_cache = SessionCache(SessionStore(runtime), Csrf(settings.secret_key), clock, secure=secure)
    runtime.routes(session_routes.routes(key_cache, session_cache, clock, secure=secure))
    return session_cache
