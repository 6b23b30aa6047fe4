"""Puts together what answers rehearsals."""

from __future__ import annotations

from services.incident.alerts.store import CorrelationReads
from services.incident.catalogue.store.services import Catalogue
from services.incident.incidents.wiring import IncidentStores
from services.incident.rehearsals import api as rehearsal_routes
from shared.runtime import Runtime


def wire(runtime: Runtime, stores: IncidentStores, catalogue: Catalogue) -> None:
    """Adds the gateway's question of what incidents alerts would be in."""
    reads = CorrelationReads(stores.incidents, stores.members, catalogue, stores.numbers)
    runtime.routes(rehearsal_routes.routes(reads, stores.incidents, catalogue))
