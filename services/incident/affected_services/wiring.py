"""Puts together what is kept of open incidents for the map."""

from __future__ import annotations

from services.incident.affected_services.open_cache import OpenIncidentCache
from services.incident.incidents.store.incidents import Incidents
from shared.runtime import Runtime


def keep_open(runtime: Runtime, incidents: Incidents) -> OpenIncidentCache:
    """The cache of the open incidents' services; before the process ends, other replicas hear what it changed."""
    open_incidents = OpenIncidentCache(incidents, runtime.news("incident.*.v1"))
    runtime.worker(open_incidents.run)
    runtime.on_start(open_incidents.start)
    runtime.on_drain(incidents.marks.pay)
    return open_incidents
