"""What comms tells of an action item's ticket, folded into the action item in any order and any number of times.

The newest fact says how the ticket stands. The action's state follows only what the ticket system's own side changed;
what we wrote there ourselves comes back as a fact too, and moves nothing. An older change from that side still counts
when it comes late, unless the ticket has gone elsewhere since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.incident.action_items.action import ActionItem, Ticket, change_action
from shared.events import Event
from shared.events.actions import ActionState
from shared.events.communication import TicketFact, TicketState

STATES: Mapping[TicketState, ActionState] = {
    TicketState.OPEN: ActionState.OPEN,
    TicketState.IN_PROGRESS: ActionState.IN_PROGRESS,
    TicketState.DONE: ActionState.DONE,
}
"""What a ticket's state makes of the action; what was dropped here stays so while the ticket is done."""


def follow_ticket(action: ActionItem, news: Sequence[tuple[Event, TicketFact]], now: datetime) -> ActionItem:
    """The action item after these facts; the same when none of them is new."""
    for event, fact in sorted(news, key=lambda pair: pair[0].sequence):
        action = _follow(action, event, fact, now)
    return action


def _follow(action: ActionItem, event: Event, fact: TicketFact, now: datetime) -> ActionItem:
    newest = event.sequence > action.ticket_sequence
    known: dict[str, Any] = {}
    if newest:
        ticket = Ticket(provider=fact.provider, key=fact.key, url=fact.url, state=fact.state)
        known |= {"ticket": ticket, "ticket_sequence": event.sequence}
    stands = newest or (action.ticket is not None and action.ticket.state is fact.state)
    moves = fact.from_provider and event.sequence > action.provider_sequence
    if moves:
        known["provider_sequence"] = event.sequence
    after = action.changed(**known)
    state = STATES[fact.state]
    if not (moves and stands) or action.deleted or (not state.is_open and not action.state.is_open):
        return after
    return change_action(after, {"state": state}, fact.provider, now, origin=f"{fact.provider}:{event.id}")
