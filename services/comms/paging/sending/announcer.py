"""Tells of hand-overs that are written, many at a time, and takes their marks off a little later."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta

from services.comms.paging.delivery import Delivery
from services.comms.paging.result_events import delivered_event
from services.comms.paging.store.deliveries import Deliveries
from shared.clocks.clock import Now
from shared.outbox.relay import EventSink
from shared.process.outliving import log_and_continue

GATHER_SECONDS = 0.004
BATCH = 100
ANNOUNCERS = 2
MARKS_SECONDS = 1.0
LOOK_EVERY = 4
"""Others' marks are looked for every so many rounds, and at the start."""
MARKS_GRACE = timedelta(seconds=3)
"""What a living process has in its hands is left alone this long."""


class Announcer:
    """Tells of hand-overs that are written. What a dead process left untold is found by a look at the marks."""

    def __init__(self, deliveries: Deliveries, sink: EventSink, clock: Now) -> None:
        self._deliveries = deliveries
        self._sink = sink
        self._clock = clock
        self._waiting: dict[str, Delivery] = {}
        self._telling: set[str] = set()
        self._told: set[str] = set()
        """Told, and still marked."""
        self._wake = asyncio.Event()

    def put(self, deliveries: Iterable[Delivery]) -> None:
        """Tell of these soon."""
        self._waiting.update((delivery.id, delivery) for delivery in deliveries)
        if self._waiting:
            self._wake.set()

    async def run(self) -> None:
        """Tell, for ever; an outage of broker or database is waited out."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._run_marks())
            for _ in range(ANNOUNCERS):
                tasks.create_task(self._run_waiting())

    async def drain(self) -> None:
        """Return when all that was put is told; what is left at the caller's time limit keeps its mark."""
        while self._waiting or self._telling:
            self._wake.set()
            await asyncio.sleep(GATHER_SECONDS)
        with log_and_continue("marks are left to others"):
            await self._take_marks_off()

    async def _run_waiting(self) -> None:
        while True:
            with log_and_continue("hand-overs are told later"):  # they keep their marks
                await self._wake.wait()
                await asyncio.sleep(GATHER_SECONDS)
                self._wake.clear()
                while self._waiting:
                    await self._tell([self._waiting.pop(page_id) for page_id in list(self._waiting)[:BATCH]])

    async def _tell(self, batch: Sequence[Delivery]) -> None:
        ids = [delivery.id for delivery in batch]
        self._telling.update(ids)
        try:
            events = [event for delivery in batch for event in delivered_event(delivery)]
            await self._sink.publish_events([(event.type, event.encode(), event.id) for event in events])
            self._told.update(ids)
        finally:
            self._telling.difference_update(ids)

    async def _take_marks_off(self) -> None:
        told = list(self._told)
        await self._deliveries.mark_told(told)
        self._told.difference_update(told)

    def _in_hand(self) -> set[str]:
        return self._told | self._telling | self._waiting.keys()

    async def _run_marks(self) -> None:
        rounds = 0
        while True:
            with log_and_continue("untold hand-overs wait for the database"):
                await asyncio.sleep(MARKS_SECONDS)
                await self._take_marks_off()
                rounds += 1
                if rounds % LOOK_EVERY != 1:
                    continue
                in_hand = self._in_hand()  # may lose their marks while the question is on its way
                left = await self._deliveries.untold(self._clock.now() - MARKS_GRACE, BATCH * ANNOUNCERS)
                in_hand |= self._in_hand()
                self.put(one for one in left if one.id not in in_hand)
