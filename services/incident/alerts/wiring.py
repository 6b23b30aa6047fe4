"""Puts together what takes alerts in."""

from __future__ import annotations

from services.incident.alerts.handlers import AlertHandler
from services.incident.alerts.store import CorrelationReads
from services.incident.catalogue.store.services import Catalogue
from services.incident.incidents.wiring import IncidentStores
from services.incident.service_map.map_cache import MapCache
from shared.runtime import Runtime


def alert_handler(runtime: Runtime, stores: IncidentStores, catalogue: Catalogue, map_cache: MapCache) -> AlertHandler:
    """Handles alert events, of the urgent queue and of the other."""
    reads = CorrelationReads(stores.incidents, stores.members, catalogue, stores.numbers)
    return AlertHandler(reads, stores.incidents, map_cache, runtime.clock)
