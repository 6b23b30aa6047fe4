"""The incident service's stores and handlers without the service: what is committed waits until it is handed on."""

from __future__ import annotations

from services.incident.alerts.handlers import AlertHandler
from services.incident.alerts.store import CorrelationReads
from services.incident.catalogue.store.services import Catalogue
from services.incident.incidents.store.alert_members import Members
from services.incident.incidents.store.facets import Facets
from services.incident.incidents.store.incidents import Incidents
from services.incident.incidents.store.lists import Lists
from services.incident.numbering.imported_numbers import ImportedNumbers
from services.incident.numbering.store import Numbers
from services.incident.response.handlers import EscalationHandler
from services.incident.service_map.map_cache import MapCache
from services.incident.timeline.store import Timeline
from shared.bus.consumer import Delivery
from shared.bus.news import Nudges
from shared.events import Event
from shared.runtime import Runtime
from shared.settings import Settings
from tests.integration.commands import Commands


class Shelf:
    """The store of a service whose relay never runs: what is committed waits in the outboxes."""

    def __init__(self, settings: Settings) -> None:
        self.commands = Commands(f"{settings.namespace}_incident")
        self.runtime = Runtime("incident", settings)
        self.catalogue = Catalogue(self.runtime)
        self.keeper = MapCache(self.catalogue, Nudges())
        self.incidents = Incidents(self.runtime)
        self.members = Members(self.runtime)
        self.timeline = Timeline(self.runtime)
        self.numbers = Numbers(self.runtime)
        self.imported_numbers = ImportedNumbers(self.runtime)
        self.lists = Lists(self.incidents, Facets(self.runtime), self.numbers, self.imported_numbers)
        gathering = CorrelationReads(self.incidents, self.members, self.catalogue, self.numbers)
        self.alerts = AlertHandler(gathering, self.incidents, self.keeper, self.runtime.clock)
        self.escalations = EscalationHandler(self.incidents, self.timeline, self.runtime.clock)

    async def hear(self, *events: Event, lane: str = "") -> None:
        """Take alert events in; `lane` is what their routing keys end in."""
        await self.alerts.handle([Delivery(event, {}, False, event.type + lane) for event in events])

    async def relay(self) -> None:
        """Hand on the side documents that wait."""
        for name in ("incidents", "services"):
            collection = self.runtime.database.collection(name)
            async for document in collection.find({"outbox_at": {"$exists": True}}):
                await self.runtime.relay.side.write(document.get("outbox", {}).get("records", []))
                await collection.update_one({"_id": document["_id"]}, {"$unset": {"outbox": "", "outbox_at": ""}})
