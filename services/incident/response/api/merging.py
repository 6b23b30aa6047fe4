"""`/incidents/{id}/merge`: responders say that two incidents are one."""

from __future__ import annotations

from fastapi import APIRouter, Response

from services.incident.access import in_scope, require_scope
from services.incident.incidents.api.editing import IfMatch
from services.incident.incidents.api.lookup import actor_of, answer_with, existing
from services.incident.incidents.api.views import IncidentView
from services.incident.incidents.incident import Incident
from services.incident.incidents.store.incidents import Incidents
from services.incident.response.merging import MergeIn, merge
from shared.aggregates import settle_races
from shared.clock import Now
from shared.problem import invalid
from shared.vocabulary import Role
from shared.web import Caller, check_version, expected_version


def routes(incidents: Incidents, clock: Now) -> APIRouter:
    """The endpoint."""
    router = APIRouter(tags=["incidents"])

    @router.post("/incidents/{id}/merge")
    async def merge_incident(
        id: str, body: MergeIn, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> IncidentView:
        """It is closed and says in `merged_into` where it went; its timeline and alerts are shown there too.

        Merging it again into the same one changes nothing.
        """
        caller.require(Role.RESPONDER)
        expected = expected_version(if_match)
        if body.into == id:
            raise invalid("/into", "an incident can't be merged into itself")
        outcome: list[Incident] = []

        async def attempt() -> set[str]:
            source = (await existing(incidents, id, caller, to_change=True)).incident
            check_version(expected, source.version)
            asked = await incidents.get(body.into)
            if asked is None or not in_scope(caller.teams, asked.incident.team):
                raise invalid("/into", f"there is no incident with the id {body.into!r}", "unknown_incident")
            survivor = await incidents.survivor(asked.incident)
            if source.merged_into is not None and (await incidents.survivor(source)).id == survivor.id:
                outcome[:] = [source]
                return set()
            require_scope(caller.teams, survivor.team)
            edits = merge(source, survivor, actor_of(caller), clock.now())
            lost = await incidents.commit(edits, together=True)
            outcome[:] = [edits[0].after.model_copy(update={"version": edits[0].base + 1})]
            return lost

        await settle_races(attempt)
        return answer_with(outcome[0], response, clock)

    return router
