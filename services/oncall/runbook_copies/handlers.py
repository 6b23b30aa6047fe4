"""News of runbooks: the copy follows them."""

from __future__ import annotations

from collections.abc import Sequence

from services.oncall.runbook_copies.store import RunbookCopies
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.events import Event
from shared.events.automation import RunbookFact


class RunbookHandler:
    """Keeps the copy; any order and repetition of the facts ends in the same one."""

    def __init__(self, runbooks: RunbookCopies) -> None:
        self._runbooks = runbooks

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Take news of runbooks in; other events are not its business."""
        news = [event for event, _ in facts_of(batch, RunbookFact)]
        if news:
            await self._runbooks.learn(news)
