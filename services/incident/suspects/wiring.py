"""Puts suspects together: the changes that are remembered, what is heard of them, and the routes."""

from __future__ import annotations

from services.incident.catalogue.store.services import Catalogue
from services.incident.incidents.wiring import IncidentStores
from services.incident.service_map.map_cache import MapCache
from services.incident.suspects.api import suspects as suspect_routes
from services.incident.suspects.handlers import SuspectHandler
from services.incident.suspects.neighbourhood import Neighbourhood
from services.incident.suspects.store.changes import Changes
from services.incident.suspects.store.evidence import SuspectEvidence
from services.incident.timeline.store import Timeline
from shared.runtime import Runtime

GATHER_SECONDS = 0.4
"""So long what began or was changed waits for more: one question is for all of them."""


def wire(
    runtime: Runtime, stores: IncidentStores, catalogue: Catalogue, map_cache: MapCache, timeline: Timeline
) -> SuspectEvidence:
    """Adds `/incidents/{id}/suspects/{change_id}` and the handler of changes; returns the reads of suspects."""
    changes = Changes(runtime)
    suspect_evidence = SuspectEvidence(changes, Neighbourhood(lambda: map_cache.map))
    runtime.routes(suspect_routes.routes(stores.incidents, changes, suspect_evidence, runtime.clock))
    handler = SuspectHandler(
        suspect_evidence,
        stores.incidents,
        catalogue=catalogue,
        facets=stores.facets,
        timeline=timeline,
        clock=runtime.clock,
    )
    runtime.consume_events("incident.changes", handler.handle, background=True, gather_seconds=GATHER_SECONDS)
    runtime.replicates(["change.recorded.v1"], "incident.changes")
    return suspect_evidence
