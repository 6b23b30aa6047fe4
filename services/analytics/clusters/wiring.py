"""Puts clusters together: the clusters in memory, and their routes."""

from __future__ import annotations

from services.analytics.clusters.api import corrections as correction_routes
from services.analytics.clusters.api import trends as trend_routes
from services.analytics.clusters.cluster_cache import ClusterCache
from services.analytics.clusters.store.clusters import ClusterStore
from services.analytics.clusters.store.incidents import IncidentCopies
from services.analytics.runbooks.store import RunbookCopies
from shared.runtime import Runtime


def add_clusters(runtime: Runtime) -> ClusterCache:
    """Keeps the clusters and adds `/analytics/trends` and `/analytics/clusters…`; returns what knows them."""
    clusters = ClusterStore(runtime)
    news = runtime.news(
        "incident.*.v1", "history.imported.v1", "action.changed.v1", "runbook.changed.v1", "execution.finished.v1"
    )
    cache = ClusterCache(IncidentCopies(runtime), RunbookCopies(runtime), clusters, news)
    runtime.worker(cache.run)
    runtime.routes(trend_routes.routes(cache, runtime.clock, runtime.settings.time_zone))
    runtime.routes(correction_routes.routes(cache, clusters, runtime.clock))
    return cache
