"""Pages of the incident list: short windows one after the other, until the page is full or nothing is left.

Facets are side documents and may be a moment behind, so incidents that changed lately are looked at in any case, and
read before the facets are.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from services.incident.incidents.incident import Incident
from services.incident.incidents.listing import Listing, Window, stretches, windows
from services.incident.incidents.store.facets import Facets
from services.incident.incidents.store.incidents import Incidents
from services.incident.numbering.incident_ids import day_in, rank_of
from services.incident.numbering.store import Numbers
from shared.clocks.epoch import EPOCH

_MARGIN = 8
"""The first window holds a few more than the page: some numbers are gaps, some incidents are drills."""
_MAX_RECREATED = 1000
_EVER = (EPOCH, datetime(9999, 1, 1, tzinfo=UTC))


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
        by_facet = listing.facet if not listing.only_open else None
        lately = await self._incidents.find_waiting(now) if by_facet is not None else []
        shown: list[Incident] = []
        async for window in self._windows(listing, beyond, limit + _MARGIN, now):
            async for found in self._within(window, listing, by_facet, lately, limit + _MARGIN):
                fitting = [one for one in found if listing.shows(one)]
                shown += sorted(fitting, key=lambda one: rank_of(one.id), reverse=not listing.oldest_first)
                if len(shown) > limit:
                    return shown[:limit], rank_of(shown[limit - 1].id)
        return shown, None

    async def _windows(self, listing: Listing, beyond: int | None, size: int, now: datetime) -> AsyncIterator[Window]:
        """What to look through, in the order of the list."""
        for first, last in stretches(listing, beyond, now):
            days = await self._numbers.days(first, last)
            if listing.begin is not None or listing.end is not None:
                days += await self._days_of_recreated(listing)
            for window in windows(days, beyond, size, oldest_first=listing.oldest_first):
                yield window
            size = max(size, sum(taken for _, taken in days))  # windows go on growing

    async def _days_of_recreated(self, listing: Listing) -> list[tuple[str, int]]:
        """The other days whose incidents may be in the list, since people corrected when they began."""
        begin, end = listing.begin or _EVER[0], listing.end or _EVER[1]
        moved = await self._incidents.find_recreated(begin, end, _MAX_RECREATED)
        days = {day_in(one.id) for one in moved}
        elsewhere = [day for day in sorted(days) if not listing.first_day <= day <= listing.last_day]
        return [found for day in elsewhere for found in await self._numbers.days(day, day)]

    async def _within(
        self, window: Window, listing: Listing, by_facet: str | None, lately: list[Incident], size: int
    ) -> AsyncIterator[list[Incident]]:
        """The incidents in the window, `size` at a time in the order of the list: a window that grew over others'
        incidents may hold thousands of the wanted ones.
        """
        if listing.only_open:
            yield await self._incidents.open_in(window)
            return
        if by_facet is None:
            wanted = set(window.ids())
        else:
            fresh = {one.id for one in lately if window.low <= rank_of(one.id) < window.high}
            wanted = fresh | set(await self._facets.in_window(by_facet, window))
        ordered = sorted(wanted, key=rank_of, reverse=not listing.oldest_first)
        for start in range(0, len(ordered), size):
            found = await self._incidents.by_ids(ordered[start : start + size])
            yield [stored.incident for stored in found.values()]
