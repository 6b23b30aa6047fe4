"""Puts the copies of the catalogue and of keys together."""

from __future__ import annotations

from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.catalogue_copy.store import Catalogue, Keys
from shared.runtime import Runtime


def keep_catalogue(runtime: Runtime) -> CatalogueCache:
    """The services in memory, which follow what is told of them from the process's start on."""
    directory = CatalogueCache(Catalogue(runtime), runtime.news("service.changed.v1"))
    runtime.on_start(directory.refresh)
    runtime.worker(directory.run)
    return directory


def open_keys(runtime: Runtime) -> Keys:
    """The copies of the gateway's keys."""
    return Keys(runtime)
