"""Puts together the connections to the services behind the gateway, and what watches their readiness."""

from __future__ import annotations

from collections.abc import Mapping

from services.gateway.proxy.readiness_worker import ReadinessWorker
from services.gateway.proxy.upstream import Upstream, connect_upstreams
from services.gateway.requests.routes import Service
from shared.runtime import Runtime


def add_upstreams(runtime: Runtime) -> Mapping[Service, Upstream]:
    """The services; the gateway is ready while each of them is."""
    upstreams = connect_upstreams(runtime.settings.upstreams)
    for service, upstream in upstreams.items():
        runtime.checks[service.value] = lambda upstream=upstream: upstream.is_ready  # type: ignore[misc]
    for watch in ReadinessWorker(upstreams.values()).loops:
        runtime.worker(watch)
    return upstreams
