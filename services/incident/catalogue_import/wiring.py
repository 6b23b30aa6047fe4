"""Puts the catalogue's file together: its jobs, the worker that carries them out, and the routes."""

from __future__ import annotations

from services.incident.catalogue.store.services import Catalogue
from services.incident.catalogue_import.api import catalogue_file as file_routes
from services.incident.catalogue_import.store import ImportJobs
from services.incident.catalogue_import.worker import ImportWorker
from services.incident.service_map.wiring import MapCaches
from shared.runtime import Runtime


def wire(runtime: Runtime, catalogue: Catalogue, caches: MapCaches) -> None:
    """Adds the routes of imports and exports, and starts the worker that carries imports out."""
    jobs = ImportJobs(runtime)
    importer = ImportWorker(catalogue, caches.map_cache, jobs, runtime.clock)
    runtime.routes(file_routes.routes(caches.map_cache, importer, jobs, caches.answers, clock=runtime.clock))
    runtime.worker(importer.run)
