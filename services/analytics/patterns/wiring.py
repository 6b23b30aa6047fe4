"""Puts patterns together: what is kept of them, their routes, and what proposes actions."""

from __future__ import annotations

from services.analytics.clusters.cluster_cache import ClusterCache
from services.analytics.patterns.api import patterns as pattern_routes
from services.analytics.patterns.proposer import Proposer
from services.analytics.patterns.store import Patterns
from shared.runtime import Runtime


def add_patterns(runtime: Runtime, cache: ClusterCache) -> None:
    """Adds `/knowledge-base/patterns` and `/knowledge-base/patterns.md`."""
    patterns = Patterns(runtime)
    cache.after_look(Proposer(patterns, runtime.clock).propose)
    runtime.routes(pattern_routes.routes(cache, patterns))
