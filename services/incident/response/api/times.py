"""`/incidents/{id}/times`: responders say when it really happened. `/incident-priorities`: what each one means."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Response

from services.incident.incidents.api.editing import IfMatch, edit_incident
from services.incident.incidents.api.lookup import actor_of, show_incident
from services.incident.incidents.api.views import IncidentView
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.incidents.store.incidents import Incidents
from services.incident.response.corrected_times import TimesIn, correct
from services.incident.sla.priorities import PriorityView, priorities
from services.incident.suspects.ranking import describe_new_order
from services.incident.suspects.store.evidence import SuspectEvidence
from services.incident.timeline.entry import EntryKind, Line
from shared.clocks.clock import Now
from shared.vocabulary import Role
from shared.web import Caller, Page


def routes(incidents: Incidents, suspect_evidence: SuspectEvidence, clock: Now) -> APIRouter:
    """The endpoints `/incidents/{id}/times` and `/incident-priorities`."""
    router = APIRouter(tags=["incidents"])

    @router.patch("/incidents/{id}/times")
    async def correct_times(
        id: str, body: TimesIn, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> IncidentView:
        """Clocks, suspects, reports and events follow; the timeline keeps who moved what."""
        actor = actor_of(caller)

        async def decide(incident: Incident) -> Edit:
            now = clock.now()
            edit = correct(incident, body, actor, now)
            if edit.after.started_at == incident.started_at or incident.imported:
                return edit
            said = describe_new_order(
                await suspect_evidence.read_lineup(incident, now), await suspect_evidence.read_lineup(edit.after, now)
            )
            return edit if said is None else replace(edit, lines=(*edit.lines, Line(EntryKind.CHANGE, said)))

        return show_incident(await edit_incident(incidents, id, caller, if_match, decide), response, clock)

    @router.get("/incident-priorities")
    async def read_priorities(caller: Caller) -> Page[PriorityView]:
        """What each priority means and promises, and for which categories it is usual."""
        caller.require(Role.VIEWER)
        return Page(items=priorities())

    return router
