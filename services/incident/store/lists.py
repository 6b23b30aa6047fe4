"""Pages of the incident list: short windows one after the other, until the page is full or nothing is left."""

from __future__ import annotations

from services.incident.incident import Incident
from services.incident.listing import Listing, windows
from services.incident.numbering import rank_of
from services.incident.store.incidents import Incidents
from services.incident.store.numbers import Numbers

_MARGIN = 8
"""The first window holds a few more than the page: some numbers are gaps, some incidents are drills."""


class Lists:
    """Reads pages of incidents."""

    def __init__(self, incidents: Incidents, numbers: Numbers) -> None:
        self._incidents = incidents
        self._numbers = numbers

    async def page(self, listing: Listing, beyond: int | None, limit: int) -> tuple[list[Incident], int | None]:
        """Up to `limit` incidents behind the rank `beyond` (None: from the beginning), and the rank to go on from.

        The rank is None when there are no more.
        """
        days = await self._numbers.days(listing.first_day, listing.last_day)
        shown: list[Incident] = []
        for window in windows(days, beyond, limit + _MARGIN, oldest_first=listing.oldest_first):
            found = await self._incidents.in_window(listing.facet, window)
            fitting = [one for one in found if listing.shows(one)]
            shown += sorted(fitting, key=lambda one: rank_of(one.id), reverse=not listing.oldest_first)
            if len(shown) > limit:
                return shown[:limit], rank_of(shown[limit - 1].id)
        return shown, None
