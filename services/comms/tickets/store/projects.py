"""Where tickets go: `ticket_places`, a few documents, read whole. A deleted place stays as a mark for its tickets."""

from __future__ import annotations

from services.comms.tickets.project import MOST_PLACES, Place
from shared.outbox.aggregates import Change
from shared.runtime import Runtime

PLACES = "ticket_places"


class Places:
    """The questions that are asked about places."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(PLACES, silent=True)

    async def all(self) -> list[Place]:
        """Every place that is not deleted, in no order."""
        found = await self._aggregates.collection.find({}).limit(10 * MOST_PLACES).to_list()
        places = [Place.model_validate({**document, "id": document["_id"]}) for document in found]
        return [place for place in places if not place.deleted]

    async def get(self, id: str) -> Place | None:
        """The place with this id."""
        document = await self._aggregates.collection.find_one({"_id": id})
        if document is None or document.get("deleted"):
            return None
        return Place.model_validate({**document, "id": document["_id"]})

    async def version_of(self, id: str) -> int:
        """The version of the mark that a deleted place left; 0 for an id that was never used."""
        document = await self._aggregates.collection.find_one({"_id": id}, projection=["version"])
        return int(document["version"]) if document is not None else 0

    async def commit(self, place: Place) -> bool:
        """Write a place that was decided on at its `version`; False when somebody was faster."""
        fields = place.model_dump(exclude={"id", "version"})
        return not await self._aggregates.commit([Change(place.id, place.version, fields)])
