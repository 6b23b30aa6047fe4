"""Puts reliability together: what is read of the copies, and the routes of its report."""

from __future__ import annotations

from services.analytics.reliability.api import reliability as report_routes
from services.analytics.reliability.reader import ReliabilityReader
from services.analytics.reliability.store import ReliabilityCopies
from services.analytics.table.upkeep import TableUpkeep
from shared.runtime import Runtime


def add_reliability(runtime: Runtime, upkeep: TableUpkeep) -> ReliabilityReader:
    """Adds `/reports/reliability`; returns what knows of downtime."""
    reader = ReliabilityReader(upkeep, ReliabilityCopies(runtime))
    runtime.routes(report_routes.routes(reader, runtime.clock, runtime.settings.time_zone))
    return reader
