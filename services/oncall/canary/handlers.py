"""News of the canary's incident in, pages out."""

from __future__ import annotations

from collections.abc import Sequence

from services.oncall.canary.plan import directory_of, forgetting, to_page
from services.oncall.escalation.incident_news import follow
from services.oncall.escalation.store.escalations import Decided, Escalations
from shared.bus.consumer import Delivery
from shared.canary import ID
from shared.clocks.clock import Now
from shared.copies.replica import newest_of
from shared.events import Event
from shared.events.incidents import IncidentFact
from shared.outbox.aggregates import settle_races


class CanaryHandler:
    """Has the engine follow the canary's incident."""

    def __init__(self, escalations: Escalations, clock: Now) -> None:
        self._escalations = escalations
        self._clock = clock
        self._directory = directory_of(ID)

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """The newest state of it; older ones were missed."""
        for event in newest_of(delivery.payload for delivery in batch).values():
            if isinstance(event.data, IncidentFact):
                await self._follow(event, event.data)

    async def _follow(self, event: Event, fact: IncidentFact) -> None:
        async def attempt() -> set[str]:
            before = (await self._escalations.get([ID])).get(ID)
            known = None if before is None else forgetting(before.escalation)
            decision = follow(known, to_page(fact), event.sequence, self._directory, self._clock.now())
            return set() if decision is None else await self._escalations.commit({ID: Decided(before, decision, event)})

        await settle_races(attempt)
