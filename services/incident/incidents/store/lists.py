"""Pages of the incident list: short windows one after the other, until the page is full or nothing is left.

Facets are side documents and may be a moment behind, so incidents that changed lately are looked at in any case, and
read before the facets are.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from services.incident.incidents.incident import Incident
from services.incident.incidents.listing import Day, Listing, Window, days_to_read, stretches, windows
from services.incident.incidents.store.facets import Facets
from services.incident.incidents.store.incidents import Incidents
from services.incident.numbering.imported_numbers import ImportedNumbers
from services.incident.numbering.incident_ids import day_in, rank_of
from services.incident.numbering.store import Numbers
from shared.clocks.epoch import EPOCH

_MARGIN = 8
"""The first window holds a few more than the page: some numbers are gaps, some incidents are drills."""
_MAX_RECREATED = 5000
_DAYS = 31
"""At most so many days, and then four times as many, are looked at together."""
_PATIENCE = 3
"""In front of this window what is rare is looked up: each is four times as long as the one before."""
_FEW, _MANY = 100, 1000
"""So many that are closed are looked up at once; so many, or a team's, where two windows did not fill the page."""
_EVER = (EPOCH, datetime(9999, 1, 1, tzinfo=UTC))


class Lists:
    """Reads pages of incidents."""

    def __init__(
        self, incidents: Incidents, facets: Facets, numbers: Numbers, imported_numbers: ImportedNumbers
    ) -> None:
        self._incidents = incidents
        self._facets = facets
        self._numbers = numbers
        self._imported = imported_numbers

    async def page(
        self, listing: Listing, beyond: int | None, limit: int, now: datetime
    ) -> tuple[list[Incident], int | None]:
        """Up to `limit` incidents behind the rank `beyond` (None: from the beginning), and the rank to go on from.

        The rank is None when there are no more.
        """
        if listing.only_closed and (few := await self._incidents.find_few(listing, _FEW)) is not None:
            return await self._among(few, listing, beyond, limit)
        by_facet = listing.facet if not listing.only_open else None
        lately = await self._incidents.find_waiting(now) if by_facet is not None else []
        shown: list[Incident] = []
        number = 0
        async for window in self._windows(listing, beyond, limit + _MARGIN, now):
            number += 1
            if number == _PATIENCE and not listing.only_open:
                few = await self._incidents.find_few(listing, _MANY)
                if few is not None:
                    return await self._among(few, listing, beyond, limit)
            async for found in self._within(window, listing, by_facet, lately, limit + _MARGIN):
                shown += self._fitting(found, listing)
                if len(shown) > limit:
                    return shown[:limit], rank_of(shown[limit - 1].id)
        return shown, None

    async def _among(
        self, ids: Sequence[str], listing: Listing, beyond: int | None, limit: int
    ) -> tuple[list[Incident], int | None]:
        """As `page`, where all that the list may show is among these."""
        ranks = {rank: one for one in ids if _is_behind(rank := rank_of(one), beyond, listing)}
        ordered = [ranks[rank] for rank in sorted(ranks, reverse=not listing.oldest_first)]
        shown: list[Incident] = []
        for start in range(0, len(ordered), limit + _MARGIN):
            shown += self._fitting(await self._incidents.states(ordered[start : start + limit + _MARGIN]), listing)
            if len(shown) > limit:
                return shown[:limit], rank_of(shown[limit - 1].id)
        return shown, None

    def _fitting(self, found: Sequence[Incident], listing: Listing) -> list[Incident]:
        """Those of them that the list shows, in its order."""
        fitting = [one for one in found if listing.shows(one)]
        return sorted(fitting, key=lambda one: rank_of(one.id), reverse=not listing.oldest_first)

    async def _windows(self, listing: Listing, beyond: int | None, size: int, now: datetime) -> AsyncIterator[Window]:
        """What to look through, in the order of the list."""
        by_id = listing.facet is None and not listing.only_open
        for first, last in stretches(listing, beyond, now):
            days = await self._days(first, last, listing.imported)
            if listing.begin is not None or listing.end is not None:
                days += await self._days_of_recreated(listing, first, last)
            days.sort(key=lambda one: one.day, reverse=not listing.oldest_first)
            start, many = 0, _days_with(days, 2 * size)
            while start < len(days):
                some = await self._with_numbers(days[start : start + many], by_id=by_id)
                for window in windows(some, beyond, size, oldest_first=listing.oldest_first):
                    yield window
                size = max(size, sum(one.taken + one.imported for one in some))  # windows go on growing
                start, many = start + many, many * 4

    async def _days(self, first: str, last: str, imported: bool | None) -> list[Day]:
        """The days in [first, last] that have any numbers; only `imported` ones, or only those that were counted."""
        taken, brought = await asyncio.gather(self._numbers.days(first, last), self._imported.counts(first, last))
        own = dict(taken) if imported is not True else {}
        theirs = dict(brought) if imported is not False else {}
        return [Day(day, own.get(day, 0), theirs.get(day, 0)) for day in own.keys() | theirs.keys()]

    async def _with_numbers(self, days: Sequence[Day], *, by_id: bool) -> list[Day]:
        read = await self._imported.of_days(days_to_read(days, by_id=by_id))
        return [replace(one, numbers=read[one.day]) if one.day in read else one for one in days]

    async def _days_of_recreated(self, listing: Listing, first: str, last: str) -> list[Day]:
        """The other days whose incidents may be in the list, since people corrected when they began, or an import
        says that they began on another day than their id.
        """
        begin, end = listing.begin or _EVER[0], listing.end or _EVER[1]
        days = {day_in(key) for key in await self._incidents.find_recreated(begin, end, _MAX_RECREATED)}
        elsewhere = sorted(day for day in days if not first <= day <= last)
        if not elsewhere:
            return []
        return [
            one for one in await self._days(elsewhere[0], elsewhere[-1], listing.imported) if one.day in set(elsewhere)
        ]

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
            yield await self._incidents.states(ordered[start : start + size])


def _is_behind(rank: int, beyond: int | None, listing: Listing) -> bool:
    return beyond is None or (rank > beyond if listing.oldest_first else rank < beyond)


def _days_with(days: Sequence[Day], size: int) -> int:
    """How many of the first of these days have `size` numbers, at most `_DAYS`."""
    left = size
    for count, one in enumerate(days[:_DAYS], 1):
        left -= one.taken + one.imported
        if left <= 0:
            return count
    return _DAYS
