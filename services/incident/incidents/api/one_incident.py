"""`GET /incidents/{id}`: one incident with what may have caused it, and the past one that it is like."""

from __future__ import annotations

from asyncio import gather

from fastapi import APIRouter, Response

from services.incident.incidents.api.lookup import require_incident
from services.incident.incidents.api.views import IncidentView, with_similar
from services.incident.incidents.store.incidents import Incidents
from services.incident.similar_incidents.store import SimilarIncidents
from services.incident.suspects.api.suspects import show_with_suspects
from services.incident.suspects.store.evidence import SuspectEvidence
from shared.clocks.clock import Now
from shared.vocabulary import Role
from shared.web import Caller


def routes(incidents: Incidents, suspect_evidence: SuspectEvidence, similar: SimilarIncidents, clock: Now) -> APIRouter:
    """The endpoint."""
    router = APIRouter(tags=["incidents"])

    @router.get("/incidents/{id}")
    async def read_incident(id: str, caller: Caller, response: Response) -> IncidentView:
        caller.require(Role.VIEWER)
        incident = (await require_incident(incidents, id, caller)).incident
        view, like = await gather(
            show_with_suspects(incident, suspect_evidence, response, clock), similar.of(incident.id)
        )
        return with_similar(view, like)

    return router
