"""Events in: what comms notes of talk about an incident stands on its timeline."""

from __future__ import annotations

from collections.abc import Sequence

from services.incident.incidents.store.incidents import Incidents
from services.incident.timeline.communications import communication_entry
from services.incident.timeline.store import Timeline
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.events import Event
from shared.events.communication import CommunicationFact


class CommunicationHandler:
    """Hears `communication.noted.v1`."""

    def __init__(self, incidents: Incidents, timeline: Timeline) -> None:
        self._incidents = incidents
        self._timeline = timeline

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """One batch; an entry is the same however often it is written."""
        said = facts_of(batch, CommunicationFact)
        if said:
            await self._incidents.existing(fact.incident_id for _, fact in said)
            await self._timeline.write([(communication_entry(fact), event.sequence) for event, fact in said])
