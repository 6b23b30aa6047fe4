"""Events in: each capability consumes a queue of its own, so that none is late because another one is slow.

Until version 0.1 one queue, `comms`, carried all but the requests for pages. What an upgrade finds in it is handed to
each capability in turn.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from shared.bus.consumer import Delivery
from shared.events import Event
from shared.runtime import Runtime

Hearing = Callable[[Sequence[Delivery[Event]]], Awaitable[None]]


def take_over_old_queue(runtime: Runtime, *hearings: Hearing) -> None:
    """Have what waits in the old queue heard by each of these, in this order; each takes what is for it."""

    async def handle(batch: Sequence[Delivery[Event]]) -> None:
        for hear in hearings:
            await hear(batch)

    runtime.retire("comms", handle)
