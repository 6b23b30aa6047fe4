"""Puts patterns together: what is kept of them, their routes, what proposes actions, and what search finds."""

from __future__ import annotations

from collections.abc import Callable

from services.analytics.clusters.cluster_cache import ClusterCache
from services.analytics.patterns.api import patterns as pattern_routes
from services.analytics.patterns.proposer import Proposer
from services.analytics.patterns.publisher import PatternPublisher
from services.analytics.patterns.store import FoundPatterns, Patterns
from shared.runtime import Runtime


def add_patterns(runtime: Runtime, cache: ClusterCache, nudge: Callable[[], None]) -> None:
    """Adds `/knowledge-base/patterns` and `/knowledge-base/patterns.md`; `nudge` has search look for new patterns."""
    patterns = Patterns(runtime)
    cache.after_look(Proposer(patterns, runtime.clock).propose)
    cache.after_look(PatternPublisher(patterns, FoundPatterns(runtime), nudge).publish)
    runtime.routes(pattern_routes.routes(cache, patterns))
