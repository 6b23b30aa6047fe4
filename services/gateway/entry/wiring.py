"""Puts the way in together, of what tells who calls, what answers here, and what passes on."""

from __future__ import annotations

from collections.abc import Mapping

from services.gateway.audit_log.writer import AuditLogWriter
from services.gateway.entry.callers import Callers
from services.gateway.entry.entry import Entry
from services.gateway.entry.limits import RequestLimits
from services.gateway.entry.own_routes import OwnRoutes
from services.gateway.entry.service_proxy import ServiceProxy
from services.gateway.entry.token_cache import TokenCache
from services.gateway.idempotency.replayer import Replayer
from services.gateway.keys.wiring import KeyParts
from services.gateway.preparation.owner_client import Preparation
from services.gateway.proxy.ownership import Owners
from services.gateway.proxy.upstream import Upstream
from services.gateway.references.owner_client import References
from services.gateway.requests.routes import Service
from services.gateway.sessions.session_cache import SessionCache
from shared.callers.identity_tokens import IdentitySigner
from shared.runtime import Runtime


def add_entry(
    runtime: Runtime,
    upstreams: Mapping[Service, Upstream],
    owners: Owners,
    keys: KeyParts,
    sessions: SessionCache,
    *,
    replayer: Replayer,
    audit_log: AuditLogWriter,
) -> None:
    """Have every request of this process come in here."""
    settings, clock = runtime.settings, runtime.clock
    tokens = TokenCache(IdentitySigner(settings.identity_key), clock)
    callers = Callers(keys.key_cache, sessions, RequestLimits(settings.rate_limit), clock)
    runtime.asgi = Entry(
        callers,
        OwnRoutes(runtime.app, callers, tokens),
        ServiceProxy(
            upstreams,
            tokens,
            owners,
            keys.key_management,
            references=References(upstreams),
            preparation=Preparation(upstreams, keys.key_management, clock),
        ),
        replayer,
        audit_log,
        trusted_proxies=settings.proxy_networks,
        https=settings.has_https,
    )
