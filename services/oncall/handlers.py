"""What the service hears besides results of pages, and which capability each of it is for: incidents first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from shared.bus.consumer import Delivery
from shared.canary import is_canary
from shared.events import Event
from shared.runtime import Runtime

Handle = Callable[[Sequence[Delivery[Event]]], Awaitable[None]]
COPIED = ("incident.changed.v1", "service.changed.v1", "key.changed.v1", "runbook.changed.v1")
"""Told again at the first start."""


def listen(runtime: Runtime, *, runbooks: Handle, incidents: Handle, canary: Handle, others: Sequence[Handle]) -> None:
    """Consume the service's queue: pages come of incidents, so those go first, but for runbooks that pages wait for."""

    async def hear(batch: Sequence[Delivery[Event]]) -> None:
        real = [delivery for delivery in batch if not is_canary(delivery)]
        await runbooks(real)
        if real:
            await incidents(real)
        await canary([delivery for delivery in batch if is_canary(delivery)])
        for handle in others:
            await handle(real)

    runtime.consume_events("oncall", hear)
    runtime.replicates(COPIED, "oncall")
