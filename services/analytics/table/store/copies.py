"""The copies that the table is made of, and what is read of each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Final

from services.analytics.table.counted import INCIDENT_FIELDS, CountedAction, CountedPage
from shared.copies.following import Following
from shared.copies.replica import WRITTEN_AT
from shared.mongo import Collection, Document
from shared.runtime import Runtime

INCIDENTS: Final = "incidents"
ALERTS: Final = "alerts"
PAGES: Final = "pages"
DUTY_DAYS: Final = "duty_days"
ACTIONS: Final = "actions"
SERVICES: Final = "services"
"""Written by the service's own handlers."""
FIELDS: Mapping[str, tuple[str, ...]] = {
    SERVICES: ("id", "name", "deleted"),
    ALERTS: ("group_id", "source", "starts_at"),
    INCIDENTS: INCIDENT_FIELDS,
    PAGES: tuple(CountedPage.model_fields),
    DUTY_DAYS: ("id", "team", "turns"),
    ACTIONS: tuple(CountedAction.model_fields),
}
"""What is read of each copy, in the order in which they are read."""


REBUILDS: Final = "rebuilds"
"""One document: how often the copies were made anew."""
_COPIES = "copies"


async def note_rebuild(rebuilds: Collection) -> None:
    """The copies were emptied: whoever follows them begins anew."""
    await rebuilds.update_one({"_id": _COPIES}, {"$inc": {"number": 1}}, upsert=True)


class CountedCopies:
    """What was written to the copies since the last look, at first all of it."""

    def __init__(self, runtime: Runtime) -> None:
        self._copies = {name: runtime.database.collection(name) for name in FIELDS}
        self._following = {
            name: Following(copy, runtime.clock, wanted={f"data.{field}": True for field in FIELDS[name]})
            for name, copy in self._copies.items()
        }
        self._rebuilds = runtime.database.collection(REBUILDS)
        runtime.indexes({name: [WRITTEN_AT] for name in FIELDS})

    async def rebuilds(self) -> int:
        """How often the copies were made anew."""
        found = await self._rebuilds.find_one({"_id": _COPIES})
        return int(found["number"]) if found is not None else 0

    async def look(self) -> AsyncIterator[tuple[str, list[Document]]]:
        """Documents that were written since, some at a time, with the name of their copy."""
        for name, following in self._following.items():
            async for documents in following.look():
                yield name, documents

    def begin(self) -> None:
        """Begin again with everything."""
        for following in self._following.values():
            following.begin(None)

    async def count(self) -> int:
        """About how many documents there are."""
        return sum([await copy.estimated_document_count() for copy in self._copies.values()])
