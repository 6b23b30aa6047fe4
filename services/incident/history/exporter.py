"""Writes the whole history out, in the order of ids, some incidents at a time: no more than those are in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

from services.incident.history.export_row import KnownHistory, write_row
from services.incident.history.store.reads import HistoryReads
from services.incident.numbering.imported_numbers import ImportedNumbers
from services.incident.numbering.incident_ids import incident_id
from services.incident.numbering.store import Numbers
from shared.mongo import IN_LIMIT

_EVER = ("00000000", "99999999")
_DAYS = 50


class Exporter:
    """Reads and writes rows."""

    def __init__(self, reads: HistoryReads, numbers: Numbers, imported_numbers: ImportedNumbers) -> None:
        self._reads = reads
        self._numbers = numbers
        self._imported_numbers = imported_numbers

    async def rows(self, teams: Sequence[str]) -> AsyncIterator[list[bytes]]:
        """The rows of the incidents of these teams (none: of all), as lines of JSON, some at a time."""
        ids: list[str] = []
        async for more in self._ids():
            ids += more
            while len(ids) >= IN_LIMIT:
                yield await self._write(ids[:IN_LIMIT], teams)
                ids = ids[IN_LIMIT:]
        if ids:
            yield await self._write(ids, teams)

    async def _write(self, ids: Sequence[str], teams: Sequence[str]) -> list[bytes]:
        known = await self._reads.read(ids, teams)
        return await asyncio.to_thread(_lines, known)

    async def _ids(self) -> AsyncIterator[list[str]]:
        """Every id that there may be, in order; some numbers are gaps."""
        counted = dict(await self._numbers.days(*_EVER))
        days = sorted(counted.keys() | {day for day, _ in await self._imported_numbers.counts(*_EVER)})
        for start in range(0, len(days), _DAYS):
            some = days[start : start + _DAYS]
            imported = await self._imported_numbers.of_days(some)
            for day in some:
                own = (incident_id(day, number) for number in range(1, counted.get(day, 0) + 1))
                yield sorted({*own, *(f"INC-{day}-{number}" for number in imported.get(day, ()))})


def _lines(known: Sequence[KnownHistory]) -> list[bytes]:
    return [write_row(one) for one in known]


def as_json(rows: list[bytes], *, is_first: bool) -> Iterator[bytes]:
    """Rows as members of a list that begins with the first of all."""
    for number, row in enumerate(rows):
        yield row if is_first and number == 0 else b",\n" + row
