"""Adds the outlook of components."""

from __future__ import annotations

from services.analytics.component_outlook import api
from services.analytics.table.upkeep import TableUpkeep
from shared.runtime import Runtime


def add_component_outlook(runtime: Runtime, table: TableUpkeep) -> None:
    """Adds `/predictions/components`."""
    runtime.routes(api.routes(table, runtime.clock, runtime.settings.time_zone))
