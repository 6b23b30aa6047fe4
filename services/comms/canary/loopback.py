"""Hands the canary's page over to Tocsin itself, in the sender's turn: while the sender stands still or is not sure of
its lease, no canary arrives either.

It is kept in memory until then, and by a killed process lost: the next one comes within a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from services.comms.delivery.delivery_state import DeliveryState, Reason
from services.comms.paging.delivery import Delivery, Origin
from services.comms.paging.result_events import delivered_event
from shared.canary import CanaryDocument
from shared.clocks.clock import Now
from shared.events import Event
from shared.events.oncall import PageFact
from shared.mongo import Document
from shared.process.outliving import log_and_continue

InTurn = Callable[[Callable[[], Awaitable[None]]], None]
"""Has something done once at the sender's next turn."""


class Loopback:
    """One per process."""

    def __init__(self, document: CanaryDocument, in_turn: InTurn, clock: Now) -> None:
        self._document = document
        self._in_turn = in_turn
        self._clock = clock
        self._under_way: set[asyncio.Task[None]] = set()

    def accept(self, pages: Sequence[tuple[Event, PageFact]]) -> None:
        """Have the newest of these handed over at the sender's next turn."""
        event, page = max(pages, key=lambda one: one[1].generation)

        async def start() -> None:
            task = asyncio.create_task(self._hand_over(page, event))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

        self._in_turn(start)

    async def _hand_over(self, page: PageFact, event: Event) -> None:
        now = self._clock.now()
        origin = Origin(event_id=event.id, correlation=event.correlationid, traceparent=event.traceparent)
        delivery = Delivery(
            page=page,
            origin=origin,
            state=DeliveryState.DELIVERED,
            reason=Reason.HANDED_OVER,
            attempts=1,
            finished_at=now,
        )

        def decide(known: Document, _version: int) -> tuple[Document, Sequence[Event]] | None:
            if known.get("generation", 0) >= page.generation:
                return None
            return {"generation": page.generation, "handed_over_at": now}, delivered_event(delivery)

        with log_and_continue("a canary was not handed over"):
            await self._document.fold(decide)
