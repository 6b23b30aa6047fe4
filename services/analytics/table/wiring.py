"""Puts the table together."""

from __future__ import annotations

from services.analytics.table.store.copies import CountedCopies
from services.analytics.table.upkeep import TableUpkeep
from shared.runtime import Runtime

TOLD = ("incident.*.v1", "history.imported.v1", "page.delivered.v1", "duty.recorded.v1", "action.changed.v1")


def add_table(runtime: Runtime) -> TableUpkeep:
    """Keeps the table of all that is counted; returns what answers of it."""
    upkeep = TableUpkeep(CountedCopies(runtime), runtime.news(*TOLD))
    runtime.worker(upkeep.run)
    return upkeep
