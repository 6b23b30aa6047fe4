"""Puts the merged OpenAPI document together, and the pages for people that show it."""

from __future__ import annotations

from collections.abc import Mapping

from services.gateway.openapi import api as page_routes
from services.gateway.openapi.specs import Specs
from services.gateway.openapi.unpaged import UnpagedServices
from services.gateway.proxy.upstream import Upstream
from services.gateway.requests.routes import Service
from shared.callers.identity_tokens import IdentitySigner
from shared.runtime import Runtime


def add_pages(runtime: Runtime, upstreams: Mapping[Service, Upstream]) -> None:
    """`/`, `/docs` and the document, in which the gateway's own routes are those that were added before."""
    app, settings, checks = runtime.app, runtime.settings, runtime.checks
    specs = Specs(upstreams, app.openapi(), settings.base_url)
    unpaged = UnpagedServices(upstreams[Service.ONCALL], IdentitySigner(settings.identity_key), runtime.clock)
    checks["openapi"] = lambda: specs.is_whole
    app.openapi = lambda: specs.document  # type: ignore[method-assign]
    runtime.routes(
        page_routes.routes(
            lambda: specs.document,
            lambda: {name: check() for name, check in checks.items()},
            unpaged.count,
            settings.base_url,
        )
    )
    runtime.worker(specs.run)
