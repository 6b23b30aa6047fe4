"""Puts together what is kept of open incidents for the map."""

from __future__ import annotations

from services.incident.affected_services.open_cache import OpenKeeper
from services.incident.incidents.store.incidents import Incidents
from shared.runtime import Runtime


def keep_open(runtime: Runtime, incidents: Incidents) -> OpenKeeper:
    """The cache of the open incidents' services; before the process ends, other replicas hear what it changed."""
    troubles = OpenKeeper(incidents, runtime.news("incident.*.v1"))
    runtime.worker(troubles.run)
    runtime.on_start(troubles.start)
    runtime.on_drain(incidents.marks.pay)
    return troubles
