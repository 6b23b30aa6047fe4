"""Puts the list of what was forgotten together."""

from __future__ import annotations

from collections.abc import Mapping

from services.gateway.proxy.upstream import Upstream
from services.gateway.requests.routes import Service
from services.gateway.stale import api as stale_routes
from services.gateway.stale.asking import StaleParts
from shared.runtime import Runtime


def add_stale_list(runtime: Runtime, upstreams: Mapping[Service, Upstream]) -> None:
    """Adds `/incidents/stale`."""
    runtime.routes(stale_routes.routes(StaleParts(upstreams)))
