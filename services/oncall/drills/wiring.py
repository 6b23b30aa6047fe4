"""Puts drills together: their store, the worker, their routes, and what hears news of incidents for them."""

from __future__ import annotations

from services.oncall.catalogue_copy.store import CatalogueServices
from services.oncall.directory.store import DirectoryStore
from services.oncall.drills.api import planning as planning_routes
from services.oncall.drills.api import reading as reading_routes
from services.oncall.drills.conductor import Conductor
from services.oncall.drills.handlers import DrillNews
from services.oncall.drills.store import Drills
from services.oncall.escalation.handlers import IncidentHandler
from services.oncall.escalation.wiring import EscalationStores
from shared.runtime import Runtime


def open_drills(runtime: Runtime) -> Drills:
    """The drills, which are told again on request."""
    drills = Drills(runtime)
    runtime.snapshots("drill.changed.v1", drills.snapshots)
    return drills


def wire(
    runtime: Runtime,
    drills: Drills,
    directory: DirectoryStore,
    services: CatalogueServices,
    stores: EscalationStores,
    *,
    engine: IncidentHandler,
) -> DrillNews:
    """Adds `/drills…` and starts the conductor; returns what hears of incidents before the engine does."""
    runtime.routes(reading_routes.routes(drills, stores.escalations, stores.pages))
    runtime.routes(planning_routes.routes(drills, directory, services, runtime.clock))
    runtime.worker(Conductor(drills, stores.escalations, runtime.clock).run)
    return DrillNews(drills, engine, runtime.clock)
