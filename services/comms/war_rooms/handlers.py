"""Events in: incidents, whose rooms say how they stand."""

from __future__ import annotations

from collections.abc import Sequence

from services.comms.war_rooms.keeper import RoomWorker
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.events import Event
from shared.events.incidents import IncidentFact


class RoomHandler:
    """Has rooms follow their incidents."""

    def __init__(self, keeper: RoomWorker) -> None:
        self._keeper = keeper

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Have the rooms of a batch's incidents looked at soon, in whose copies the batch is already."""
        ids = [event.subject for event, _ in facts_of(batch, IncidentFact)]
        if ids and self._keeper.is_on:
            await self._keeper.hear(ids)
