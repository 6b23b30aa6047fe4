"""Events in: first the copies follow their owners, then what happened starts runbooks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from shared.bus.consumer import Delivery
from shared.events import Event

Hearing = Callable[[Sequence[Delivery[Event]]], Awaitable[None]]


def in_turn(*hearings: Hearing) -> Hearing:
    """Each of these hears every batch, one after the other: what follows from facts comes after their copies."""

    async def handle(batch: Sequence[Delivery[Event]]) -> None:
        for hear in hearings:
            await hear(batch)

    return handle
