"""`/incidents/{id}/snooze` and `/escalate`: responders hold pages back for a while, or have them go on now."""

from __future__ import annotations

from fastapi import APIRouter, Response

from services.incident.incidents.api.editing import IfMatch, edit_incident
from services.incident.incidents.api.lookup import actor_of, show_incident
from services.incident.incidents.api.views import IncidentView
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.incidents.store.incidents import Incidents
from services.incident.response.snoozing import EscalateIn, SnoozeIn, escalate, snooze
from shared.clocks.clock import Now
from shared.ids import fresh
from shared.web import Caller


def routes(incidents: Incidents, clock: Now) -> APIRouter:
    """The endpoints `/incidents/{id}/snooze` and `/incidents/{id}/escalate`."""
    router = APIRouter(tags=["incidents"])

    @router.post("/incidents/{id}/snooze")
    async def snooze_incident(
        id: str, body: SnoozeIn, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> IncidentView:
        """Nobody is paged until then; if it is open and unanswered when the snooze ends, people are paged again."""
        actor = actor_of(caller)

        def decide(incident: Incident) -> Edit:
            return snooze(incident, body.until, actor, clock.now())

        return show_incident(await edit_incident(incidents, id, caller, if_match, decide), response, clock)

    @router.post("/incidents/{id}/escalate")
    async def escalate_incident(
        id: str, caller: Caller, response: Response, body: EscalateIn | None = None, if_match: IfMatch = None
    ) -> IncidentView:
        """The next step begins now; what somebody had answered pages again, from the step after."""
        actor, cause = actor_of(caller), fresh("call_")

        def decide(incident: Incident) -> Edit:
            return escalate(incident, body.note if body else "", actor, clock.now(), cause)

        return show_incident(await edit_incident(incidents, id, caller, if_match, decide), response, clock)

    return router
