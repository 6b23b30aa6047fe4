"""Events in: a queue of its own for each capability that something slow may hold up, so that no other is late by it.

Incidents come by one queue to all who follow them: pages that nobody needs any more are withdrawn first, and who comes
after only notes in the database what is to be looked at. A queue each would have the broker write each fact twice.

Until version 0.1 one queue, `comms`, carried all but the requests for pages, and war rooms had one of their own. What
an upgrade finds in those is handed to each capability in turn.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from shared.bus.consumer import Delivery
from shared.events import Event
from shared.runtime import Runtime

Hearing = Callable[[Sequence[Delivery[Event]]], Awaitable[None]]


def follow_incidents(runtime: Runtime, *hearings: Hearing) -> None:
    """Have what is told of incidents heard by each of these, in this order; so what waits in the rooms' old queue."""
    heard = _in_turn(hearings)
    runtime.consume_events("comms.incidents", heard)
    runtime.retire("comms.war_rooms", heard)


def take_over_old_queue(runtime: Runtime, *hearings: Hearing) -> None:
    """Have what waits in the old queue heard by each of these, in this order; each takes what is for it."""
    runtime.retire("comms", _in_turn(hearings))


def _in_turn(hearings: Sequence[Hearing]) -> Hearing:
    async def handle(batch: Sequence[Delivery[Event]]) -> None:
        for hear in hearings:
            await hear(batch)

    return handle
