"""Puts the catalogue together: the services' store, those that are built in, and the routes of services."""

from __future__ import annotations

from services.incident.catalogue.api import services as service_routes
from services.incident.catalogue.api import slos as slo_routes
from services.incident.catalogue.service_definition import BUILT_IN, built_in_service
from services.incident.catalogue.store.services import Catalogue
from services.incident.service_map.map_cache import MapCache
from shared.runtime import Runtime


def open_catalogue(runtime: Runtime) -> Catalogue:
    """The store of services; the built-in ones are made when the process starts."""
    catalogue = Catalogue(runtime)
    runtime.snapshots("service.changed.v1", catalogue.snapshots)

    async def make_built_in() -> None:
        known = {service.id: service for service in await catalogue.by_ids(BUILT_IN)}
        missing = [key for key in BUILT_IN if key not in known or known[key].deleted]
        # of several processes that start at once one writes them; the others lose that race, which is fine
        await catalogue.commit_all((known.get(key), built_in_service(key, runtime.clock.now())) for key in missing)

    runtime.on_start(make_built_in)
    return catalogue


def add_routes(runtime: Runtime, catalogue: Catalogue, map_cache: MapCache) -> None:
    """Adds `/services…` and `/reports/slos.yaml`; routes such as `/services/graph` must be added before."""
    runtime.routes(service_routes.routes(catalogue, map_cache, runtime.clock))
    runtime.routes(slo_routes.routes(catalogue, runtime.clock))
