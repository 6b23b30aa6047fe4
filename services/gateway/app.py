"""Wires the gateway."""

from __future__ import annotations

import secrets

from services.gateway.audit_log import store as audit
from services.gateway.audit_log.api import audit_router
from services.gateway.audit_log.note import Chain
from services.gateway.audit_log.store import AuditStore
from services.gateway.audit_log.writer import AuditLogWriter
from services.gateway.entry.wiring import add_entry
from services.gateway.idempotency import store as answers
from services.gateway.idempotency.replayer import Replayer
from services.gateway.idempotency.store import AnswerStore
from services.gateway.keys import admin_key
from services.gateway.keys import key as keys
from services.gateway.keys.api.integrations import integration_router
from services.gateway.keys.api.key_management import KeyManagement
from services.gateway.keys.api.keys import key_router
from services.gateway.keys.handlers import PersonHandler
from services.gateway.keys.key_cache import KeyCache
from services.gateway.keys.store import COLLECTION, INDEXES, KeyStore
from services.gateway.keys.wiring import KeyParts
from services.gateway.openapi.api import page_router
from services.gateway.openapi.specs import Specs
from services.gateway.openapi.unpaged import UnpagedServices
from services.gateway.proxy.ownership import Owners
from services.gateway.proxy.readiness_worker import ReadinessWorker
from services.gateway.proxy.upstream import connect_upstreams
from services.gateway.requests.routes import Service
from services.gateway.sessions import store as sessions
from services.gateway.sessions.api import session_router
from services.gateway.sessions.session import Csrf
from services.gateway.sessions.session_cache import SessionCache
from services.gateway.sessions.store import SessionStore
from services.gateway.stream.api import stream_router
from services.gateway.stream.feed import Feed
from services.gateway.stream.sse import PositionSigner
from shared.callers.identity_tokens import IdentitySigner
from shared.runtime import Runtime, main
from shared.secrecy.sealing import Seal


def build(runtime: Runtime) -> None:
    """Put the gateway's parts into a runtime."""
    settings, clock = runtime.settings, runtime.clock
    secure = settings.base_url.startswith("https:")
    store = KeyStore(runtime.aggregates(COLLECTION))
    runtime.indexes(INDEXES)
    key_cache = KeyCache(store, runtime.news("key.changed.v1"))
    key_management = KeyManagement(store, key_cache, clock)
    upstreams = connect_upstreams(settings.upstreams)
    admin_key_path = settings.run_dir / admin_key.NAME

    async def register_admin_key() -> None:
        text = admin_key.keep_admin_key(settings.run_dir, keys.api_key(secrets.token_bytes(keys.KEY_BYTES)))
        await key_management.register_installation_key(keys.first_admin(text, clock.now()))

    runtime.on_start(register_admin_key)
    runtime.on_start(key_cache.refresh)
    runtime.checks["admin_key"] = admin_key_path.exists
    for service, upstream in upstreams.items():
        runtime.checks[service.value] = lambda upstream=upstream: upstream.is_ready  # type: ignore[misc]

    app = runtime.app
    signer = IdentitySigner(settings.identity_key)
    owners = Owners(upstreams)
    app.include_router(key_router(key_management, owners))
    app.include_router(integration_router(key_management, owners, settings.base_url, settings.secret_key))
    runtime.indexes(sessions.INDEXES)
    session_cache = SessionCache(
        SessionStore(runtime.database.collection(sessions.COLLECTION)),
        Csrf(settings.secret_key),
        clock,
        secure=secure,
    )
    app.include_router(session_router(key_cache, session_cache, clock, secure=secure))
    chain = Chain(settings.secret_key)
    notes = AuditStore(runtime.database.collection(audit.COLLECTION))
    audit_log = AuditLogWriter(notes, chain, clock)
    app.include_router(audit_router(notes, chain))
    feed = Feed(settings, clock)
    app.include_router(stream_router(feed, owners, PositionSigner(settings.secret_key), clock))
    specs = Specs(upstreams, app.openapi(), settings.base_url)
    runtime.checks["openapi"] = lambda: specs.is_whole
    app.openapi = lambda: specs.document  # type: ignore[method-assign]
    app.include_router(
        page_router(
            lambda: specs.document,
            lambda: {name: check() for name, check in runtime.checks.items()},
            UnpagedServices(upstreams[Service.ONCALL], signer, clock).count,
            settings.base_url,
        )
    )
    runtime.indexes(answers.INDEXES)
    kept = AnswerStore(
        runtime.database.collection(answers.COLLECTION), Seal(settings.secret_key, "tocsin kept answers")
    )
    replayer = Replayer(kept, clock)
    add_entry(
        runtime,
        upstreams,
        owners,
        KeyParts(key_cache, key_management),
        session_cache,
        replayer=replayer,
        audit_log=audit_log,
    )

    runtime.worker(key_cache.run)
    runtime.worker(audit_log.run)
    runtime.on_drain(audit_log.close)
    runtime.worker(feed.run)
    runtime.on_drain(feed.close)
    for watch in ReadinessWorker(upstreams.values()).loops:
        runtime.worker(watch)
    runtime.worker(specs.run)
    runtime.consume_events("gateway", PersonHandler(store, key_cache, clock).handle)
    runtime.snapshots("key.changed.v1", store.snapshots)


if __name__ == "__main__":
    main("gateway", build)
