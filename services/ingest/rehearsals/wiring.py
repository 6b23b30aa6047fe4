"""Puts together what answers rehearsals."""

from __future__ import annotations

from services.ingest.alerts.store.placement_reads import PlacementReads
from services.ingest.alerts.wiring import AlertStores
from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.intake.accept import Intake
from services.ingest.rehearsals import api as rehearsal_routes
from shared.runtime import Runtime


def wire(runtime: Runtime, stores: AlertStores, directory: CatalogueCache, intake: Intake) -> None:
    """Adds the gateway's question of what alerts would become."""
    placements = PlacementReads(stores.incidents, directory)
    runtime.routes(rehearsal_routes.routes(intake, stores.heads, stores.groups, placements, directory))
