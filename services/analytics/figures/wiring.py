"""Puts the figures' reports together."""

from __future__ import annotations

from services.analytics.clusters.cluster_cache import ClusterCache
from services.analytics.figures.api import reports as report_routes
from services.analytics.figures.api.reports import Reports
from services.analytics.figures.store import IncidentTexts
from services.analytics.table.upkeep import TableUpkeep
from shared.runtime import Runtime


def add_figures(runtime: Runtime, upkeep: TableUpkeep, clusters: ClusterCache) -> Reports:
    """Adds `/reports/dashboard`, `/reports/sla` and `/reports/figures/…`; returns what makes them."""
    reports = Reports(upkeep, clusters)
    zone = runtime.settings.time_zone
    runtime.routes(report_routes.routes(reports, IncidentTexts(runtime), runtime.clock, zone))
    return reports
