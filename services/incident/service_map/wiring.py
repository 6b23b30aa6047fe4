"""Puts the map of the services together: what is kept of it in memory, and its routes."""

from __future__ import annotations

from dataclasses import dataclass

from services.incident.affected_services.open_cache import OpenIncidentCache
from services.incident.catalogue.store.services import Catalogue
from services.incident.service_map.api import dependencies as dependency_routes
from services.incident.service_map.map_cache import MapCache
from services.incident.service_map.response_cache import MapResponseCache
from shared.runtime import Runtime


@dataclass(frozen=True, slots=True)
class MapCaches:
    """What a process keeps of the map, and of the answers that were made of it."""

    map_cache: MapCache
    answers: MapResponseCache


def keep_map(runtime: Runtime, catalogue: Catalogue) -> MapCaches:
    """The caches, which follow the catalogue from the process's start on."""
    map_cache = MapCache(catalogue, runtime.news("service.changed.v1"))
    runtime.worker(map_cache.run)
    runtime.on_start(map_cache.start)
    return MapCaches(map_cache, MapResponseCache())


def add_routes(runtime: Runtime, catalogue: Catalogue, caches: MapCaches, open_incidents: OpenIncidentCache) -> None:
    """Adds `/services/graph`, `/services/{id}/dependencies` and `/services/{id}/impact`."""
    runtime.routes(dependency_routes.routes(catalogue, caches.map_cache, caches.answers, open_incidents, runtime.clock))
