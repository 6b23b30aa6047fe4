"""News from the bus: what becomes of the keys that calendar links were made by."""

from __future__ import annotations

from collections.abc import Sequence

from services.oncall.calendars.store import CalendarLinks
from shared.bus.consumer import Delivery
from shared.events import Event
from shared.events.control import KeyFact


class KeyHandler:
    """Ends the calendar links of API keys that are revoked: whoever loses a key loses what it opened."""

    def __init__(self, links: CalendarLinks) -> None:
        self._links = links

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Handle news of keys; other events are not ours. A key that is revoked stays so, whatever is heard later."""
        facts = (delivery.payload.data for delivery in batch)
        await self._links.end_all_of({fact.id for fact in facts if isinstance(fact, KeyFact) and fact.revoked})
