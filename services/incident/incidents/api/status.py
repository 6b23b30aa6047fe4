"""`/incidents/{id}/ack`, `/status` and `/resolve`: responders move incidents on, guarded by the version they saw."""

from __future__ import annotations

from fastapi import APIRouter, Response

from services.incident.incidents.api.editing import IfMatch, edit_incident
from services.incident.incidents.api.lookup import actor_of, show_incident
from services.incident.incidents.api.views import IncidentView
from services.incident.incidents.commands import ResolutionIn, StatusIn, acknowledge, change, resolve
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.incidents.store.incidents import Incidents
from shared.clocks.clock import Now
from shared.ids import fresh
from shared.web import Caller


def routes(incidents: Incidents, clock: Now) -> APIRouter:
    """The endpoints that move an incident on."""
    router = APIRouter(tags=["incidents"])

    @router.post("/incidents/{id}/ack")
    async def acknowledge_incident(
        id: str, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> IncidentView:
        actor = actor_of(caller)
        return show_incident(
            await edit_incident(incidents, id, caller, if_match, lambda one: acknowledge(one, actor, clock.now())),
            response,
            clock,
        )

    @router.put("/incidents/{id}/status")
    async def change_status(
        id: str, body: StatusIn, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> IncidentView:
        actor, cause = actor_of(caller), fresh("call_")

        def decide(incident: Incident) -> Edit:
            return change(incident, body, actor, clock.now(), cause)

        return show_incident(await edit_incident(incidents, id, caller, if_match, decide), response, clock)

    @router.post("/incidents/{id}/resolve")
    async def resolve_incident(
        id: str, caller: Caller, response: Response, body: ResolutionIn | None = None, if_match: IfMatch = None
    ) -> IncidentView:
        actor = actor_of(caller)

        def decide(incident: Incident) -> Edit:
            return resolve(incident, body or ResolutionIn(), actor, clock.now())

        return show_incident(await edit_incident(incidents, id, caller, if_match, decide), response, clock)

    return router
