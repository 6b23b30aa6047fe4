"""Events in: the copies of services and of open incidents follow their owner."""

from __future__ import annotations

from collections.abc import Sequence

from services.automation.copying import as_copied, is_old
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.copies.replica import Replica
from shared.events import Event
from shared.events.incidents import IncidentFact, ServiceFact


class Copies:
    """Both copies; any order and repetition of the events ends in the same ones."""

    def __init__(self, services: Replica, incidents: Replica) -> None:
        self.services = services
        self.incidents = incidents

    async def handle(self, deliveries: Sequence[Delivery[Event]]) -> None:
        """Take a batch of facts in."""
        await self.services.fold(event for event, _ in facts_of(deliveries, ServiceFact))
        told = facts_of(deliveries, IncidentFact)
        await self.incidents.fold(as_copied(event, fact) for event, fact in told if not is_old(event, fact))
