"""Where merged incidents went, and how many one may have taken in."""

from __future__ import annotations

from collections.abc import Mapping

from services.incident.incidents.incident import Incident

MAX_ABSORBED = 50


def survivor_of(incident_id: str, incidents: Mapping[str, Incident]) -> str:
    """Where a merged incident went, however often it went on, as far as these are known."""
    seen: set[str] = set()
    while incident_id in incidents and incident_id not in seen:
        seen.add(incident_id)
        into = incidents[incident_id].merged_into
        if into is None or into not in incidents:
            break
        incident_id = into
    return incident_id
