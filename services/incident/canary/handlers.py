"""News of the canary in: its alert, and its page that was handed over."""

from __future__ import annotations

from collections.abc import Sequence

from services.incident.canary.deciding import make_event, open_again, resolve
from shared.bus.consumer import Delivery
from shared.canary import ID, CanaryDocument
from shared.clocks.clock import Now
from shared.events import Event
from shared.events.alerts import AlertFact
from shared.events.oncall import PageResult
from shared.mongo import Document


class CanaryHandler:
    """Folds canaries into their incident."""

    def __init__(self, document: CanaryDocument, clock: Now) -> None:
        self._document = document
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """One after the other; there is hardly ever more than one."""
        for delivery in batch:
            await self._fold(delivery.payload)

    async def _fold(self, event: Event) -> None:
        def decide(known: Document, version: int) -> tuple[Document, Sequence[Event]] | None:
            now = self._clock.now()
            if isinstance(event.data, AlertFact):
                state = open_again(known, event.data.stamp, now)
            elif isinstance(event.data, PageResult):
                state = resolve(known, event.data.generation)
            else:
                state = None
            return None if state is None else (state, [make_event(ID, state, version, event, now)])

        await self._document.fold(decide)
