"""Events in: which capability hears what. Alerts come by two lanes, all other news by one queue."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from shared.bus.consumer import Delivery
from shared.canary import is_canary
from shared.events import Event
from shared.runtime import Runtime

Hearing = Callable[[Sequence[Delivery[Event]]], Awaitable[None]]

NEWS_SECONDS = 0.2
"""Between two batches of news: what is told of one incident, one thing after the other, is written together."""


def listen(runtime: Runtime, *, canary: Hearing, alerts: Hearing, news: Sequence[Hearing]) -> None:
    """Alerts go to one, all other news to each of `news` in this order, and what is a canary's to the canary's own."""
    runtime.consume_events("incident.alerts.first", apart(canary, alerts))
    runtime.consume_events("incident.alerts", alerts)
    runtime.consume_events("incident", apart(canary, spaced(in_turn(*news), NEWS_SECONDS)), background=True)


def in_turn(*hearings: Hearing) -> Hearing:
    """Each of these hears every batch, one after the other; each takes the events that are for it."""

    async def handle(batch: Sequence[Delivery[Event]]) -> None:
        for hear in hearings:
            await hear(batch)

    return handle


def apart(canary: Hearing, usual: Hearing) -> Hearing:
    """News of canaries to the first, all else to the second."""

    async def handle(batch: Sequence[Delivery[Event]]) -> None:
        canaries = [delivery for delivery in batch if is_canary(delivery)]
        if canaries:
            await canary(canaries)
        if others := [delivery for delivery in batch if not is_canary(delivery)]:
            await usual(others)

    return handle


def spaced(hear: Hearing, seconds: float) -> Hearing:
    """Batches with at least so many seconds from the end of one to the beginning of the next, in which more comes.

    What comes alone is heard at once.
    """
    quiet_at = 0.0

    async def handle(batch: Sequence[Delivery[Event]]) -> None:
        nonlocal quiet_at
        await asyncio.sleep(max(0.0, quiet_at - time.monotonic()))
        try:
            await hear(batch)
        finally:
            quiet_at = time.monotonic() + seconds

    return handle
