"""Events in: tickets of action items, and patterns that propose one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.incident.action_items.action import ActionItem
from services.incident.action_items.proposal import propose_action
from services.incident.action_items.store import Actions, Written
from services.incident.action_items.ticket_status import follow_ticket
from services.incident.postmortems.postmortem import postmortem_id
from services.incident.postmortems.store.postmortems import Postmortems
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.clocks.clock import Now
from shared.events import Event
from shared.events.actions import PatternFact
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


class PatternHandler:
    """Hears `pattern.recurred.v1`."""

    def __init__(self, actions: Actions, postmortems: Postmortems, clock: Now) -> None:
        self._actions = actions
        self._postmortems = postmortems
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Put an action item on the newest post-mortem of each pattern; without one nothing is done. A repeat does
        nothing, for the item's id follows from the event.
        """
        for event, fact in facts_of(batch, PatternFact):
            keys = [postmortem_id(one) for one in fact.incidents]
            known = await self._postmortems.by_ids(keys)
            newest = next((known[key] for key in keys if key in known and not known[key].drill), None)
            if newest is not None:
                proposed = propose_action(event.id, fact, newest, self._clock.now())
                # lost: it is there already
                await self._actions.commit([Written(None, proposed, event)])


class ActionNews:
    """All that is heard for action items."""

    def __init__(self, tickets: TicketHandler, patterns: PatternHandler) -> None:
        self._tickets = tickets
        self._patterns = patterns

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """One batch; each takes the events that are for it."""
        await self._tickets.handle(batch)
        await self._patterns.handle(batch)
