"""`/incidents/{id}/suspects`: the changes that may have caused an incident, and what people find out about them."""

from __future__ import annotations

from fastapi import APIRouter, Response

from services.incident.incidents.api.editing import IfMatch, edit_incident
from services.incident.incidents.api.lookup import actor_of, show_incident
from services.incident.incidents.api.views import IncidentView, with_suspects
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.incidents.store.incidents import Incidents
from services.incident.suspects.store.changes import Changes
from services.incident.suspects.store.evidence import SuspectEvidence
from services.incident.suspects.verdict import VerdictIn, judge
from shared.clocks.clock import Now
from shared.problem import not_found
from shared.vocabulary import Role
from shared.web import Caller


def routes(incidents: Incidents, changes: Changes, suspect_evidence: SuspectEvidence, clock: Now) -> APIRouter:
    """The suspects' endpoint; `GET /incidents/{id}` shows them."""
    router = APIRouter(tags=["incidents"])

    @router.put("/incidents/{id}/suspects/{change_id}")
    async def mark_suspect(
        id: str, change_id: str, body: VerdictIn, caller: Caller, *, response: Response, if_match: IfMatch = None
    ) -> IncidentView:
        """Say that a change was the cause, or that it was not; null takes it back."""
        caller.require(Role.RESPONDER)
        found = await changes.by_ids([change_id])
        change = found[0] if found else None

        def decide(incident: Incident) -> Edit:
            if change is None:
                raise not_found("change", change_id)
            return judge(incident, change, body.verdict, actor_of(caller), clock.now())

        incident = await edit_incident(incidents, id, caller, if_match, decide)
        return await show_with_suspects(incident, suspect_evidence, response, clock)

    return router


async def show_with_suspects(
    incident: Incident, suspect_evidence: SuspectEvidence, response: Response, clock: Now
) -> IncidentView:
    """The incident as it stands with its suspects, its version in the answer's `ETag`."""
    view = show_incident(incident, response, clock)
    lineup = await suspect_evidence.read_lineup(incident, clock.now())
    return with_suspects(view, lineup, await suspect_evidence.rates(lineup))
