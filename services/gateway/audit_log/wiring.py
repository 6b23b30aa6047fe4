"""Puts the audit log together: what writes it, and the routes that show and check it."""

from __future__ import annotations

from services.gateway.audit_log import api as audit_routes
from services.gateway.audit_log.note import Chain
from services.gateway.audit_log.store import AuditStore
from services.gateway.audit_log.writer import AuditLogWriter
from shared.runtime import Runtime


def add_audit_log(runtime: Runtime) -> AuditLogWriter:
    """`/audit-log`, and what notes each request; what waits is stored before the process ends."""
    chain = Chain(runtime.settings.secret_key)
    store = AuditStore(runtime)
    writer = AuditLogWriter(store, chain, runtime.clock)
    runtime.routes(audit_routes.routes(store, chain))
    runtime.worker(writer.run)
    runtime.on_drain(writer.close)
    return writer
