"""Wiring of the copies of incidents, which paging's queue feeds: what ends pages is handled first."""

from __future__ import annotations

from services.comms.incident_copies.store import IncidentCopies
from shared.runtime import Runtime


def add_incident_copies(runtime: Runtime) -> IncidentCopies:
    """Put copies of incidents into the service."""
    runtime.replicates(["incident.changed.v1", "similar.found.v1"], "comms.incidents")
    return IncidentCopies(runtime)
