"""`/incidents/{id}/participants`: who takes part; most do by what they did, others are added by hand."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel

from services.incident.incidents.api.editing import IfMatch, edit_incident
from services.incident.incidents.api.lookup import actor_of, require_incident, show_incident
from services.incident.incidents.api.views import IncidentView
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.incidents.participants import ParticipantIn, add, remove
from services.incident.incidents.store.incidents import Incidents
from shared.clocks.clock import Now
from shared.vocabulary import Role
from shared.web import Caller, Page


class ParticipantView(BaseModel):
    """Somebody who takes part, and the roles that they hold now."""

    user_id: str
    roles: list[str]


def routes(incidents: Incidents, clock: Now) -> APIRouter:
    """The endpoints below `/incidents/{id}/participants`."""
    router = APIRouter(tags=["incidents"])

    @router.post("/incidents/{id}/participants", status_code=201)
    async def add_participant(
        id: str, body: ParticipantIn, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> IncidentView:
        author = actor_of(caller).name

        def decide(incident: Incident) -> Edit:
            return add(incident, body.user_id, author, clock.now())

        incident = await edit_incident(incidents, id, caller, if_match, decide)
        response.headers["Location"] = f"/incidents/{incident.id}/participants"
        return show_incident(incident, response, clock)

    @router.get("/incidents/{id}/participants")
    async def read_participants(id: str, caller: Caller) -> Page[ParticipantView]:
        """In the order in which they came."""
        caller.require(Role.VIEWER)
        incident = (await require_incident(incidents, id, caller)).incident
        holding = [(one.user_id, one.role) for one in incident.roles if one.ended_at is None]
        return Page(
            items=[
                ParticipantView(user_id=person, roles=[role for holder, role in holding if holder == person])
                for person in incident.participants
            ]
        )

    @router.delete("/incidents/{id}/participants/{user_id}")
    async def remove_participant(
        id: str, user_id: str, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> IncidentView:
        """Whoever takes part again by what they do comes back."""
        author = actor_of(caller).name

        def decide(incident: Incident) -> Edit:
            return remove(incident, user_id, author, clock.now())

        return show_incident(await edit_incident(incidents, id, caller, if_match, decide), response, clock)

    return router
