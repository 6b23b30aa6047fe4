"""Events in: action items, which tickets follow."""

from __future__ import annotations

from collections.abc import Sequence

from services.comms.people.lookup import wait_for_people
from services.comms.people.store.people import People
from services.comms.tickets.synchroniser import TicketSync
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.events import Event
from shared.events.actions import ActionFact


class ActionHandler:
    """Has tickets follow their action items."""

    def __init__(self, ticketer: TicketSync, people: People) -> None:
        self._ticketer = ticketer
        self._people = people

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Follow the actions of a batch; the owner of a ticket is looked up by what is known of the assignee."""
        told = facts_of(batch, ActionFact)
        await wait_for_people(self._people, {fact.assignee_id for _, fact in told if fact.assignee_id is not None})
        await self._ticketer.hear(told)
