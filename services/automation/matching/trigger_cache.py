"""Keeps what starts each runbook in memory: each look reads what was written since the one before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.automation.runbooks.store import Runbooks
from shared.events.automation import RunbookFact

OVERLAP = timedelta(seconds=30)
"""What was written so long before the newest that is known is read again: a write may have been under way, and the
clocks of processes differ by less than a second."""


class TriggerCache:
    """The runbooks that have triggers."""

    def __init__(self, runbooks: Runbooks) -> None:
        self._runbooks = runbooks
        self._known: dict[str, RunbookFact] = {}
        self._newest: datetime | None = None

    async def read(self) -> Sequence[RunbookFact]:
        """Those that have triggers now."""
        since = self._newest - OVERLAP if self._newest is not None else None
        for fact, at in await self._runbooks.facts_since(since):
            self._newest = at if self._newest is None else max(at, self._newest)
            if fact.triggers and not fact.deleted:
                self._known[fact.id] = fact
            else:
                self._known.pop(fact.id, None)
        return list(self._known.values())
