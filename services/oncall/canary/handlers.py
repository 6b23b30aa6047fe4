"""News of the canary's incident in, pages out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.oncall.canary.plan import directory_of, forget_earlier, to_page
from services.oncall.escalation.incident_news import apply_incident
from services.oncall.escalation.store.escalations import Decided, Escalations, Kept
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.canary import ID
from shared.clocks.clock import Now
from shared.copies.replica import newest_facts
from shared.events import Event
from shared.events.incidents import IncidentFact
from shared.outbox.races import decide_and_commit


class CanaryHandler:
    """Has the engine follow the canary's incident."""

    def __init__(self, escalations: Escalations, clock: Now) -> None:
        self._escalations = escalations
        self._clock = clock
        self._directory = directory_of(ID)

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """The newest state of it; older ones were missed."""
        for event, fact in newest_facts(facts_of(batch, IncidentFact)).values():
            await self._follow(event, fact)

    async def _follow(self, event: Event, fact: IncidentFact) -> None:
        def decide(found: Mapping[str, Kept]) -> dict[str, Decided]:
            before = found.get(ID)
            known = None if before is None else forget_earlier(before.escalation)
            decision = apply_incident(known, to_page(fact), event.sequence, self._directory, self._clock.now())
            return {} if decision is None else {ID: Decided(before, decision, event)}

        await decide_and_commit(lambda: self._escalations.get([ID]), decide, self._escalations.commit)
