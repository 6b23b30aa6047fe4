"""Puts the report of who carries the load together."""

from __future__ import annotations

from services.analytics.fair_load import api as load_routes
from services.analytics.table.upkeep import TableUpkeep
from shared.runtime import Runtime


def add_fair_load(runtime: Runtime, upkeep: TableUpkeep) -> None:
    """Adds `/reports/on-call`."""
    runtime.routes(load_routes.routes(upkeep, runtime.clock, runtime.settings.time_zone))
