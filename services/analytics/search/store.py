"""What can be found, out of the copies: what was written there since an index knew them, at first all of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.analytics.search.kinds import SOURCES
from shared.clocks.epoch import to_millis
from shared.copies.following import Following
from shared.copies.replica import WRITTEN_AT
from shared.mongo import Collection, Document, find_by_ids
from shared.runtime import Runtime

Mark = tuple[int, str, str, int]
"""What an index remembers of a fact: when it was written (milliseconds since 1970), copy, id and sequence."""


@dataclass(frozen=True, slots=True)
class Written:
    """A fact in a copy; `at` is None for one that an earlier version wrote."""

    copy: str
    id: str
    sequence: int
    at: datetime | None
    data: Mapping[str, Any]


class Feed:
    """Reads the copies that entries are made of."""

    def __init__(self, runtime: Runtime) -> None:
        self._copies: dict[str, Collection] = {name: runtime.database.collection(name) for name in SOURCES}
        self._following = {name: Following(copy, runtime.clock) for name, copy in self._copies.items()}
        runtime.indexes({name: [WRITTEN_AT] for name in SOURCES})

    def begin(self, until: datetime | None) -> None:
        """Begin again with what was written at this time; None: with every fact."""
        for following in self._following.values():
            following.begin(until)

    @property
    def until(self) -> datetime | None:
        """All that was written before has been read; None before the first look."""
        times = [one.until for one in self._following.values()]
        return min(time for time in times if time is not None) if None not in times else None

    async def look(self) -> AsyncIterator[list[Written]]:
        """The facts that were written since the last look, some at a time."""
        for name, following in self._following.items():
            async for documents in following.look():
                yield [_written(name, one) for one in documents]

    async def count(self) -> int:
        """About how many facts there are."""
        return sum([await copy.estimated_document_count() for copy in self._copies.values()])

    async def has(self, known: Iterable[Mark]) -> bool:
        """True when the copies have all of these, or newer ones."""
        by_copy: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for _, copy, key, sequence in known:
            by_copy[copy][key] = sequence
        return all([await self._has(copy, sequences) for copy, sequences in by_copy.items()])

    async def _has(self, copy: str, sequences: Mapping[str, int]) -> bool:
        if copy not in self._copies:
            return False
        found = await find_by_ids(self._copies[copy], list(sequences), projection=["seq"])
        return all(key in found and found[key]["seq"] >= sequence for key, sequence in sequences.items())


def newest(known: Iterable[Mark], written: Iterable[Written], most: int) -> tuple[Mark, ...]:
    """The last of these, by when they were written."""
    marks = [(to_millis(one.at), one.copy, one.id, one.sequence) for one in written if one.at is not None]
    return tuple(sorted([*known, *marks])[-most:])


def _written(copy: str, document: Document) -> Written:
    return Written(copy, document["_id"], document["seq"], document.get("at"), document["data"])
