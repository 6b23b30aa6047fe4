"""Puts incidents together: their stores, and the routes of the incident itself."""

from __future__ import annotations

from dataclasses import dataclass

from services.incident.catalogue.store.services import Catalogue
from services.incident.incidents.api import incidents as incident_routes
from services.incident.incidents.api import one_incident as one_routes
from services.incident.incidents.api import status as status_routes
from services.incident.incidents.store.alert_members import Members
from services.incident.incidents.store.facets import Facets
from services.incident.incidents.store.incidents import Incidents
from services.incident.incidents.store.lists import Lists
from services.incident.numbering.imported_numbers import ImportedNumbers
from services.incident.numbering.store import Numbers
from services.incident.service_map.map_cache import MapCache
from services.incident.similar_incidents.store import SimilarIncidents
from services.incident.suspects.store.evidence import SuspectEvidence
from shared.runtime import Runtime


@dataclass(frozen=True, slots=True)
class IncidentStores:
    """Incidents, their alerts, the words they are found by, the counter of their ids, and the numbers of imports."""

    incidents: Incidents
    members: Members
    facets: Facets
    numbers: Numbers
    imported_numbers: ImportedNumbers


def open_stores(runtime: Runtime) -> IncidentStores:
    """Returns the stores, which also answer requests for a replay of incidents."""
    incidents = Incidents(runtime)
    runtime.snapshots("incident.changed.v1", incidents.snapshots)
    return IncidentStores(incidents, Members(runtime), Facets(runtime), Numbers(runtime), ImportedNumbers(runtime))


def add_routes(
    runtime: Runtime,
    stores: IncidentStores,
    catalogue: Catalogue,
    map_cache: MapCache,
    suspect_evidence: SuspectEvidence,
) -> SimilarIncidents:
    """Returns what hears of likeness. Adds `/incidents`, `/incidents/{id}` and its `/ack`, `/status` and `/resolve`."""
    clock = runtime.clock
    runtime.routes(
        incident_routes.routes(
            stores.incidents,
            catalogue,
            map_cache,
            stores.numbers,
            Lists(stores.incidents, stores.facets, stores.numbers, stores.imported_numbers),
            clock=clock,
        )
    )
    similar = SimilarIncidents(runtime)
    runtime.routes(one_routes.routes(stores.incidents, suspect_evidence, similar, clock))
    runtime.routes(status_routes.routes(stores.incidents, clock))
    return similar
