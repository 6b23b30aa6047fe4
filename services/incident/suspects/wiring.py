"""Puts suspects together: the changes that are remembered, what is heard of them, and the routes."""

from __future__ import annotations

from services.incident.catalogue.store.services import Catalogue
from services.incident.incidents.wiring import IncidentStores
from services.incident.service_map.map_cache import MapKeeper
from services.incident.suspects.api import suspects as suspect_routes
from services.incident.suspects.handlers import Suspector
from services.incident.suspects.neighbourhood import Mapped
from services.incident.suspects.store.changes import Changes
from services.incident.suspects.store.evidence import Leads
from services.incident.timeline.store import Timeline
from shared.runtime import Runtime


def wire(
    runtime: Runtime, stores: IncidentStores, catalogue: Catalogue, keeper: MapKeeper, timeline: Timeline
) -> Leads:
    """The routes and the handler of changes; what others show of suspects is in the answer."""
    changes, surroundings = Changes(runtime), Mapped(lambda: keeper.map)
    leads = Leads(changes, surroundings)
    runtime.app.include_router(suspect_routes.routes(stores.incidents, changes, leads, runtime.clock))
    suspector = Suspector(
        changes,
        leads,
        stores.incidents,
        catalogue=catalogue,
        facets=stores.facets,
        timeline=timeline,
        surroundings=surroundings,
        clock=runtime.clock,
    )
    runtime.consume_events("incident.changes", suspector.handle, background=True)
    runtime.replicates(["change.recorded.v1"], "incident.changes")
    return leads
