"""Puts together what is done here to practise: drills, and rehearsals, which reach nobody."""

from __future__ import annotations

from services.incident.catalogue.store.services import Catalogue
from services.incident.drills import api as drill_routes
from services.incident.drills.handlers import DrillHandler
from services.incident.handlers import Hearing
from services.incident.incidents.wiring import IncidentStores
from services.incident.rehearsals import wiring as rehearsals
from shared.runtime import Runtime


def wire(runtime: Runtime, stores: IncidentStores, catalogue: Catalogue) -> Hearing:
    """Adds the gateway's questions for rehearsals and about past incidents; returns what hears of drills."""
    rehearsals.wire(runtime, stores, catalogue)
    runtime.routes(drill_routes.routes(stores.incidents, stores.members))
    return DrillHandler(stores.incidents, runtime.clock).handle
