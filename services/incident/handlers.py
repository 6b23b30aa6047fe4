"""Events in: which capability hears what. Alerts come by two lanes, all other news by one queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from shared.bus.consumer import Delivery
from shared.canary import is_canary
from shared.events import Event
from shared.runtime import Runtime

Hearing = Callable[[Sequence[Delivery[Event]]], Awaitable[None]]

GATHER_SECONDS = 0.5
PATIENT = ("escalation.changed.v1", "page.delivered.v1")
"""So long these wait for more: what is told of one incident, one thing after the other, is written together."""


def listen(runtime: Runtime, *, canary: Hearing, alerts: Hearing, news: Sequence[Hearing]) -> None:
    """Alerts go to one, all other news to each of `news` in this order, and what is a canary's to the canary's own."""
    runtime.consume_events("incident.alerts.first", split_canaries(canary, alerts))
    runtime.consume_events("incident.alerts", alerts)
    runtime.consume_events(
        "incident",
        split_canaries(canary, in_turn(*news)),
        background=True,
        gather_seconds=GATHER_SECONDS,
        patient=PATIENT,
    )


def in_turn(*hearings: Hearing) -> Hearing:
    """Each of these hears every batch, one after the other; each takes the events that are for it."""

    async def handle(batch: Sequence[Delivery[Event]]) -> None:
        for hear in hearings:
            await hear(batch)

    return handle


def split_canaries(canary: Hearing, usual: Hearing) -> Hearing:
    """Handles events of canaries by `canary` and all others by `usual`."""

    async def handle(batch: Sequence[Delivery[Event]]) -> None:
        canaries = [delivery for delivery in batch if is_canary(delivery)]
        if canaries:
            await canary(canaries)
        if others := [delivery for delivery in batch if not is_canary(delivery)]:
            await usual(others)

    return handle
