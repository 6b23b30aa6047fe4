"""`/incidents/{id}/ack`, `/status` and `/resolve`: responders move incidents on, guarded by the version they saw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Header, Response

from services.incident.api.finding import actor_of, answer_with, existing
from services.incident.commands import ResolutionIn, StatusIn, acknowledge, change, resolve
from services.incident.edits import Edit
from services.incident.incident import Incident
from services.incident.store.incidents import Incidents
from services.incident.views import IncidentView
from shared.aggregates import settle_races
from shared.clock import Now
from shared.identity import Identity
from shared.ids import fresh
from shared.vocabulary import Role
from shared.web import Caller, check_version, expected_version

IfMatch = Annotated[str | None, Header(description='The version that the caller saw, as in `ETag`: "7"')]


def routes(incidents: Incidents, clock: Now) -> APIRouter:
    """The endpoints that move an incident on."""
    router = APIRouter(tags=["incidents"])

    async def edited(id: str, caller: Identity, if_match: str | None, decide: Callable[[Incident], Edit]) -> Incident:
        caller.require(Role.RESPONDER)
        expected = expected_version(if_match)
        outcome: list[Incident] = []

        async def attempt() -> set[str]:
            incident = (await existing(incidents, id, caller, to_change=True)).incident
            check_version(expected, incident.version)
            edit = decide(incident)
            lost = await incidents.commit([edit])
            outcome[:] = [edit.after if edit.is_empty else edit.after.model_copy(update={"version": edit.base + 1})]
            return lost

        await settle_races(attempt)
        return outcome[0]

    @router.post("/incidents/{id}/ack")
    async def acknowledge_incident(
        id: str, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> IncidentView:
        actor = actor_of(caller)
        return answer_with(
            await edited(id, caller, if_match, lambda one: acknowledge(one, actor, clock.now())), response, clock
        )

    @router.put("/incidents/{id}/status")
    async def change_status(
        id: str, body: StatusIn, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> IncidentView:
        actor, cause = actor_of(caller), fresh("call_")

        def decide(incident: Incident) -> Edit:
            return change(incident, body, actor, clock.now(), cause)

        return answer_with(await edited(id, caller, if_match, decide), response, clock)

    @router.post("/incidents/{id}/resolve")
    async def resolve_incident(
        id: str, caller: Caller, response: Response, body: ResolutionIn | None = None, if_match: IfMatch = None
    ) -> IncidentView:
        actor = actor_of(caller)

        def decide(incident: Incident) -> Edit:
            return resolve(incident, body or ResolutionIn(), actor, clock.now())

        return answer_with(await edited(id, caller, if_match, decide), response, clock)

    return router
