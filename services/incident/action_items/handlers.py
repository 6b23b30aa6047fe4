"""Tickets in: what comms tells of the tickets of action items is folded into these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.incident.action_items.action import ActionItem
from services.incident.action_items.store import Actions, Written
from services.incident.action_items.ticket_status import follow_ticket
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.clocks.clock import Now
from shared.events import Event
from shared.events.communication import TicketFact
from shared.failures import Never
from shared.outbox.races import decide_and_commit


class TicketHandler:
    """Hears `ticket.changed.v1`."""

    def __init__(self, actions: Actions, clock: Now) -> None:
        self._actions = actions
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """One batch: all facts of one action item are one write."""
        told = facts_of(batch, TicketFact)
        ids = {fact.action_id for _, fact in told}
        if told:
            await decide_and_commit(
                lambda: self._actions.by_ids(ids), lambda found: self._follow(told, found), self._actions.commit
            )

    def _follow(self, told: Sequence[tuple[Event, TicketFact]], found: Mapping[str, ActionItem]) -> list[Written]:
        if unknown := {fact.action_id for _, fact in told} - found.keys():
            raise Never(f"there is no action item {', '.join(sorted(unknown))}"[:200])
        now = self._clock.now()
        written = []
        for key, before in found.items():
            news = [pair for pair in told if pair[1].action_id == key]
            after = follow_ticket(before, news, now)
            cause = next((event for event, _ in news if after.origin.endswith(f":{event.id}")), None)
            written.append(Written(before, after, cause))
        return written
