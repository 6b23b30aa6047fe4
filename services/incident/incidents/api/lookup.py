"""What the endpoints below `/incidents/{id}` begin and end with: the incident, if it is the caller's to see."""

from __future__ import annotations

from fastapi import Response

from services.incident.access import in_scope, require_scope
from services.incident.incidents.api.views import IncidentView, incident_view
from services.incident.incidents.commands import Actor
from services.incident.incidents.incident import Incident
from services.incident.incidents.store.incidents import Incidents, Stored
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.problem import not_found
from shared.web import etag


async def require_incident(incidents: Incidents, id: str, caller: Identity, *, to_change: bool = False) -> Stored:
    """The incident with this id.

    Raises a `Problem`: 404 when there is none or it is another team's, 403 when that one is to be changed.
    """
    stored = await incidents.get(id)
    if stored is None:
        raise not_found("incident", id)
    if to_change:
        require_scope(caller.teams, stored.incident.team)
    elif not in_scope(caller.teams, stored.incident.team):
        raise not_found("incident", id)
    return stored


def actor_of(caller: Identity) -> Actor:
    """The caller as decisions and the timeline know them."""
    return Actor(caller.author, caller.user_id)


def show_incident(incident: Incident, response: Response, clock: Now) -> IncidentView:
    """The incident as it stands, its version in the answer's `ETag`."""
    response.headers["ETag"] = etag(incident.version)
    return incident_view(incident, clock.now())
