"""Burns of error budgets are put into the intake's queue, and go on from there as all alerts do."""

from __future__ import annotations

from collections.abc import Sequence

from services.ingest.burns.burn_alert import accept, origin_of
from services.ingest.intake.accept import FAST
from services.ingest.intake.message import CONTENT_TYPE, encode_messages
from shared.bus.publisher import Publisher
from shared.events import Event
from shared.events.analytics.budgets import BudgetFact


class BurnHandler:
    """Hears `budget.changed.v1`."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def handle(self, facts: Sequence[tuple[Event, BudgetFact]]) -> None:
        """Publish them, each event once or more: what is folded twice counts once. Raises when the broker is away."""
        for event, fact in facts:
            alert = accept(fact, event)
            if alert is None:
                continue
            for _, message in encode_messages(origin_of(fact, event), [alert]):
                await self._publisher.to_queue(FAST, message, content_type=CONTENT_TYPE)
