"""The copy as it is stored: a document a service, the newest fact wins; a deleted service stays as a mark."""

from __future__ import annotations

from collections.abc import Iterable

from services.oncall.catalogue_copy.services import CatalogueService, read_service
from shared.copies.replica import Replica
from shared.events import Event
from shared.events.incidents import ServiceFact
from shared.runtime import Runtime

COLLECTION = "catalogue_services"
FACT = "service.changed.v1"


class CatalogueServices:
    """The questions that are asked of it."""

    def __init__(self, runtime: Runtime) -> None:
        self._services = runtime.database.collection(COLLECTION)
        self._replica = Replica(self._services)
        self._database = runtime.database

    async def learn(self, events: Iterable[Event]) -> None:
        """Take facts of services in; older ones than are known change nothing."""
        await self._replica.fold(events)

    async def ask_again_if_empty(self) -> None:
        """Ask the incident service for all services at this start, when the copy is empty."""
        if await self._services.find_one({}, projection={"_id": True}) is None:
            await self._database.collection("replays").delete_one({"_id": FACT})

    async def all(self) -> list[CatalogueService]:
        """Every service that is not deleted, by id."""
        found = [read_service(ServiceFact.model_validate(members)) async for members in self._replica.all()]
        return sorted(found, key=lambda service: service.id)
