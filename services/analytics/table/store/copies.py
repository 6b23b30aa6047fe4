"""The copies that the table is made of, and what is read of each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Final

from services.analytics.table.counted import INCIDENT_FIELDS, CountedAction, CountedPage
from shared.copies.following import Following
from shared.copies.replica import WRITTEN_AT
from shared.mongo import Document
from shared.runtime import Runtime

INCIDENTS: Final = "incidents"
ALERTS: Final = "alerts"
PAGES: Final = "pages"
ACTIONS: Final = "actions"
SERVICES: Final = "services"
"""Written by the service's own handlers."""
FIELDS: Mapping[str, tuple[str, ...]] = {
    SERVICES: ("id", "name", "deleted"),
    ALERTS: ("group_id", "source", "starts_at"),
    INCIDENTS: INCIDENT_FIELDS,
    PAGES: tuple(CountedPage.model_fields),
    ACTIONS: tuple(CountedAction.model_fields),
}
"""What is read of each copy, in the order in which they are read."""


class CountedCopies:
    """What was written to the copies since the last look, at first all of it."""

    def __init__(self, runtime: Runtime) -> None:
        self._copies = {name: runtime.database.collection(name) for name in FIELDS}
        self._following = {
            name: Following(copy, runtime.clock, wanted={f"data.{field}": True for field in FIELDS[name]})
            for name, copy in self._copies.items()
        }
        runtime.indexes({name: [WRITTEN_AT] for name in FIELDS})

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
