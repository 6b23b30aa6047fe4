"""Sends the canary that is due, and keeps its age for who scrapes."""

from __future__ import annotations

import asyncio

from prometheus_client import Gauge

from services.ingest.canary.facts import canary_alert
from services.ingest.canary.store import TimerStore
from services.ingest.canary.timing import Timer, age_seconds, first, next_due
from services.ingest.intake.message import CONTENT_TYPE, Origin, encode, stamp_alert
from shared.bus.publisher import Publisher
from shared.canary import HEADER
from shared.clocks.clock import Now
from shared.ids import Stamps
from shared.timers import sweep_forever

QUEUE = "ingest.intake.first"
LOOKS = 6
"""So often in an interval each replica looks whether one is due."""

AGE = Gauge(
    "tocsin_canary_age_seconds",
    "Since the last canary arrived: an alert of Tocsin's own whose page was handed over; 0 while it is switched off",
)


class CanarySender:
    """Sends a canary when one is due; `seconds` is the interval, 0 for none."""

    def __init__(self, store: TimerStore, publisher: Publisher, clock: Now, seconds: int) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._seconds = seconds
        self._stamps = Stamps()
        self._known: Timer | None = None
        AGE.set_function(self._age)

    async def run(self) -> None:
        """Look for ever, or rest for ever where it is switched off."""
        if not self._seconds:
            await asyncio.Event().wait()
        await sweep_forever("canary", self.sweep, poll_seconds=self._seconds / LOOKS)

    async def sweep(self) -> bool:
        """Send the one that is due, if one is; there are never more."""
        now = self._clock.now()
        timer = self._known = await self._store.read()
        if timer is None:
            await self._store.begin(first(now, self._seconds))
        elif timer.due_at <= now and await self._store.take(timer, next_due(timer.due_at, now, self._seconds)):
            alert = stamp_alert(canary_alert(), self._stamps.next(int(now.timestamp() * 1000)), 0)
            body = encode(Origin(now), [alert])
            await self._publisher.to_queue(QUEUE, body, content_type=CONTENT_TYPE, headers={HEADER: "1"})
        return False

    async def note_arrival(self) -> None:
        """Note that a canary's page was handed over."""
        now = self._clock.now()
        await self._store.note_arrival(now)
        self._known = await self._store.read()

    def _age(self) -> float:
        known = self._known
        return age_seconds(known, self._clock.now()) if known is not None and self._seconds else 0.0
