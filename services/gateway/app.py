"""The gateway as a process: its capabilities, and what each is given of the others."""

from __future__ import annotations

from services.gateway.audit_log.wiring import add_audit_log
from services.gateway.entry.wiring import add_entry
from services.gateway.idempotency.wiring import open_replayer
from services.gateway.keys import wiring as keys
from services.gateway.openapi.wiring import add_pages
from services.gateway.proxy.ownership import Owners
from services.gateway.proxy.wiring import add_upstreams
from services.gateway.sessions.wiring import add_sessions
from services.gateway.stale.wiring import add_stale_list
from services.gateway.stream.wiring import add_stream
from shared.runtime import Runtime, main


def build(runtime: Runtime) -> None:
    """Put the gateway's parts together."""
    parts = keys.open_keys(runtime)
    upstreams = add_upstreams(runtime)
    owners = Owners(upstreams)
    keys.add_routes(runtime, parts.key_management, owners)
    sessions = add_sessions(runtime, parts.key_cache)
    audit_log = add_audit_log(runtime)
    add_stream(runtime, owners)
    add_pages(runtime, upstreams)
    add_stale_list(runtime, upstreams)
    add_entry(runtime, upstreams, owners, parts, sessions, replayer=open_replayer(runtime), audit_log=audit_log)


if __name__ == "__main__":
    main("gateway", build)
