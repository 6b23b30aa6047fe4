"""The canary at its beginning and at its end: its message in, and the news that its page was handed over."""

from __future__ import annotations

from collections.abc import Sequence

from services.ingest.canary.facts import canary_opened
from services.ingest.canary.heartbeat import Heartbeat
from services.ingest.canary.sending import CanarySender
from services.ingest.intake.message import QueuedAlert
from shared.canary import ID, CanaryDocument
from shared.clocks.clock import Now
from shared.events import Event
from shared.mongo import Document


class CanaryHandler:
    """Hands canaries on, and hears of those that arrived."""

    def __init__(self, document: CanaryDocument, sender: CanarySender, heartbeat: Heartbeat, clock: Now) -> None:
        self._document = document
        self._sender = sender
        self._heartbeat = heartbeat
        self._clock = clock

    async def take_in(self, taken: Sequence[QueuedAlert]) -> None:
        """Hand the newest of these canaries on: those before it are too late to tell anything."""
        newest = max(taken, key=lambda one: one.stamp)

        def decide(known: Document, version: int) -> tuple[Document, Sequence[Event]] | None:
            if known.get("stamp", "") >= newest.stamp:
                return None
            return {"stamp": newest.stamp}, [canary_opened(newest, ID, version, self._clock.now())]

        await self._document.fold(decide)

    async def note_arrival(self) -> None:
        """Note that the page of a canary was handed over."""
        await self._sender.note_arrival()
        self._heartbeat.beat()
