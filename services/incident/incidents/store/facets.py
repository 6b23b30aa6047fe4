"""What filtered lists find incidents by: one side document an incident, written again only when a facet changes."""

from __future__ import annotations

from pymongo import DESCENDING, IndexModel

from services.incident.incidents.listing import Window
from shared.runtime import Runtime

COLLECTION = "incident_facets"


class Facets:
    """The questions that are asked of the facets."""

    def __init__(self, runtime: Runtime) -> None:
        self._facets = runtime.database.collection(COLLECTION)
        runtime.indexes({COLLECTION: [IndexModel([("facets", 1), ("rank", DESCENDING)], name="facets")]})

    async def in_window(self, facet: str, window: Window) -> list[str]:
        """The ids of the incidents that have the facet and whose rank is in the window, in no order."""
        query = {"facets": facet, "rank": {"$gte": window.low, "$lt": window.high}}
        return [document["_id"] async for document in self._facets.find(query, projection=["_id"])]

    async def newest(self, facet: str, low: int, high: int, limit: int) -> list[str]:
        """The ids of up to `limit` incidents that have the facet and whose rank is in [low, high), newest first."""
        query = {"facets": facet, "rank": {"$gte": low, "$lt": high}}
        found = self._facets.find(query, projection=["_id"]).sort("rank", -1).limit(limit)
        return [document["_id"] async for document in found]
