"""News of the catalogue: the copy follows it."""

from __future__ import annotations

from collections.abc import Sequence

from services.oncall.catalogue_copy.store import CatalogueServices
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.events import Event
from shared.events.incidents import ServiceFact


class CatalogueHandler:
    """Keeps the copy; any order and repetition of the facts ends in the same one."""

    def __init__(self, services: CatalogueServices) -> None:
        self._services = services

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Take news of services in; other events are not its business."""
        news = [event for event, _ in facts_of(batch, ServiceFact)]
        if news:
            await self._services.learn(news)
