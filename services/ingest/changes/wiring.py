"""Puts changes together: their store, their routes, and what is told of them again on request."""

from __future__ import annotations

from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.changes import api as change_routes
from services.ingest.changes.store import RECORDED, Changes
from services.ingest.intake.api.delivery import HttpIntake
from shared.runtime import Runtime


def wire(runtime: Runtime, directory: CatalogueCache, http_intake: HttpIntake) -> None:
    """The store and the routes."""
    changes = Changes(runtime)
    runtime.routes(change_routes.routes(changes, directory, http_intake, runtime.settings.secret_key))
    runtime.routes(change_routes.list_routes(changes, directory))
    runtime.snapshots(RECORDED, changes.snapshots)
