"""Events in: incidents, whose rooms say how they stand."""

from __future__ import annotations

from collections.abc import Sequence

from services.comms.incident_copies.store import IncidentCopies
from services.comms.war_rooms.keeper import RoomWorker
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.events import Event
from shared.events.incidents import IncidentFact


class RoomHandler:
    """Has rooms follow their incidents."""

    def __init__(self, keeper: RoomWorker, copies: IncidentCopies) -> None:
        self._keeper = keeper
        self._copies = copies

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Have the rooms of a batch's incidents looked at soon.

        The copies of the incidents are made here, too: this queue may be ahead of the one that they are made from, and
        a room that is looked at must find in them what it was looked at for.
        """
        events = [event for _, event in facts_of(batch, IncidentFact)]
        if not events or not self._keeper.is_on:
            return
        await self._copies.fold(events)
        await self._keeper.hear(events)
