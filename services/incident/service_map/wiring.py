"""Puts the map of the services together: what is kept of it in memory, and its routes."""

from __future__ import annotations

from dataclasses import dataclass

from services.incident.affected_services.open_cache import OpenKeeper
from services.incident.catalogue.store.services import Catalogue
from services.incident.service_map.api import dependencies as dependency_routes
from services.incident.service_map.map_cache import MapKeeper
from services.incident.service_map.response_cache import MapAnswers
from shared.runtime import Runtime


@dataclass(frozen=True, slots=True)
class MapCaches:
    """What a process keeps of the map, and of the answers that were made of it."""

    keeper: MapKeeper
    answers: MapAnswers


def keep_map(runtime: Runtime, catalogue: Catalogue) -> MapCaches:
    """The caches, which follow the catalogue from the process's start on."""
    keeper = MapKeeper(catalogue, runtime.news("service.changed.v1"))
    runtime.worker(keeper.run)
    runtime.on_start(keeper.start)
    return MapCaches(keeper, MapAnswers())


def add_routes(runtime: Runtime, catalogue: Catalogue, caches: MapCaches, troubles: OpenKeeper) -> None:
    """The routes of the map and of dependencies."""
    runtime.app.include_router(
        dependency_routes.routes(catalogue, caches.keeper, caches.answers, troubles, runtime.clock)
    )
