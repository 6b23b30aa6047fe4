"""Looks for what was forgotten."""

from __future__ import annotations

from services.automation.executions.store.executions import Executions, Filters
from services.automation.stale.stale_items import waiting_items
from shared.events.automation import ExecutionState
from shared.events.control import StaleItem
from shared.stale.asking import MOST_ITEMS


class StaleFinder:
    """Asks the store, and writes nothing."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions

    async def find(self) -> list[StaleItem]:
        """All of it."""
        waiting, _ = await self._executions.page(Filters(state=ExecutionState.WAITING), MOST_ITEMS, None)
        return waiting_items(waiting)
