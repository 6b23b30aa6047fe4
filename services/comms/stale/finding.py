"""Looks for what was forgotten, page by page."""

from __future__ import annotations

from services.comms.incident_copies.store import IncidentCopies
from services.comms.stale.stale_items import page_items
from services.comms.status_pages.hygiene import findings
from services.comms.status_pages.store import StatusPages
from services.comms.status_pages.suggestions import open_incidents
from shared.clocks.clock import Now
from shared.events.control import StaleItem

MOST_PAGES = 200


class StaleFinder:
    """Asks the stores, and writes nothing."""

    def __init__(self, pages: StatusPages, copies: IncidentCopies, clock: Now) -> None:
        self._pages = pages
        self._copies = copies
        self._clock = clock

    async def find(self) -> list[StaleItem]:
        """All of it."""
        now = self._clock.now()
        found: list[StaleItem] = []
        for page in await self._pages.page("", MOST_PAGES, ()):
            services = sorted({service for component in page.components for service in component.service_ids})
            facts = await self._copies.open_of(services) if services else []
            began = {fact.id: fact.created_at for fact in facts}
            found += page_items(page, findings(page, open_incidents(facts), now), began)
        return found
