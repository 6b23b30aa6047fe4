"""Pages of the incident list: short windows one after the other, until the page is full or nothing is left.

Facets are side documents and may be a moment behind, so incidents that changed lately are looked at in any case, and
read before the facets are.
"""

from __future__ import annotations

from datetime import datetime

from services.incident.incident import Incident
from services.incident.listing import Listing, Window, windows
from services.incident.numbering import rank_of
from services.incident.store.facets import Facets
from services.incident.store.incidents import Incidents
from services.incident.store.numbers import Numbers

_MARGIN = 8
"""The first window holds a few more than the page: some numbers are gaps, some incidents are drills."""


class Lists:
    """Reads pages of incidents."""

    def __init__(self, incidents: Incidents, facets: Facets, numbers: Numbers) -> None:
        self._incidents = incidents
        self._facets = facets
        self._numbers = numbers

    async def page(
        self, listing: Listing, beyond: int | None, limit: int, now: datetime
    ) -> tuple[list[Incident], int | None]:
        """Up to `limit` incidents behind the rank `beyond` (None: from the beginning), and the rank to go on from.

        The rank is None when there are no more.
        """
        days = await self._numbers.days(listing.first_day, listing.last_day)
        by_facet = listing.facet if not listing.only_open else None
        lately = await self._incidents.waiting(now) if by_facet is not None else []
        shown: list[Incident] = []
        for window in windows(days, beyond, limit + _MARGIN, oldest_first=listing.oldest_first):
            found = await self._within(window, listing, by_facet, lately)
            fitting = [one for one in found if listing.shows(one)]
            shown += sorted(fitting, key=lambda one: rank_of(one.id), reverse=not listing.oldest_first)
            if len(shown) > limit:
                return shown[:limit], rank_of(shown[limit - 1].id)
        return shown, None

    async def _within(
        self, window: Window, listing: Listing, by_facet: str | None, lately: list[Incident]
    ) -> list[Incident]:
        if listing.only_open:
            return await self._incidents.open_in(window)
        if by_facet is None:
            wanted = window.ids()
        else:
            fresh = [one.id for one in lately if window.low <= rank_of(one.id) < window.high]
            wanted = [*await self._facets.in_window(by_facet, window), *fresh]
        return [stored.incident for stored in (await self._incidents.by_ids(wanted)).values()]
