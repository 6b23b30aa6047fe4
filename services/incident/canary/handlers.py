"""News of the canary in: its alert, and its page that was handed over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from services.incident.canary.deciding import CanaryIncident, make_event, open_again, resolve
from shared.bus.batches import facts_of
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
        """One after the other, pages first: what is in one batch with an alert is of a canary before it."""
        for event, page in facts_of(batch, PageResult):
            await self._fold(event, partial(resolve, generation=page.generation))
        for event, alert in facts_of(batch, AlertFact):
            await self._fold(event, partial(open_again, stamp=alert.stamp, now=self._clock.now()))

    async def _fold(self, event: Event, become: Callable[[CanaryIncident], CanaryIncident | None]) -> None:
        def decide(known: Document, version: int) -> tuple[Document, Sequence[Event]] | None:
            state = become(CanaryIncident.model_validate(known))
            if state is None:
                return None
            return state.model_dump(), [make_event(ID, state, version, event, self._clock.now())]

        await self._document.fold(decide)
