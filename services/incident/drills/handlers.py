"""News of drills: one that was stopped ends its incidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.incident.drills.stopping import stop
from services.incident.incidents.edit import Edit
from services.incident.incidents.store.incidents import Incidents, Stored
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.clocks.clock import Now
from shared.events import Event
from shared.events.oncall import DrillFact
from shared.outbox.races import decide_and_commit


class DrillHandler:
    """Hears `drill.changed.v1`."""

    def __init__(self, incidents: Incidents, clock: Now) -> None:
        self._incidents = incidents
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """End the incidents of drills that were stopped; a repeat changes nothing."""
        for event, fact in facts_of(batch, DrillFact):
            if fact.ends_incidents and fact.incidents:
                await self._stop(event, fact)

    async def _stop(self, event: Event, fact: DrillFact) -> None:
        def decide(found: Mapping[str, Stored]) -> list[Edit]:
            now = self._clock.now()
            edits = [stop(one.incident, fact.id, event, now) for one in found.values()]
            return [edit for edit in edits if not edit.is_empty]

        await decide_and_commit(lambda: self._incidents.with_survivors(fact.incidents), decide, self._incidents.commit)
