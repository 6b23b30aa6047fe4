"""`/incidents/{id}/merge`: responders say that two incidents are one."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Response

from services.incident.access import in_scope, require_scope
from services.incident.incidents.api.editing import IfMatch
from services.incident.incidents.api.lookup import actor_of, require_incident, show_incident
from services.incident.incidents.api.views import IncidentView
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.incidents.store.incidents import Incidents
from services.incident.response.merging import MergeIn, merge
from shared.clocks.clock import Now
from shared.outbox.races import decide_and_commit
from shared.problem import invalid
from shared.vocabulary import Role
from shared.web import Caller, check_version, expected_version


@dataclass(frozen=True, slots=True)
class Pair:
    """The incident that is to be merged, and the one that it goes into; `is_merged` there already."""

    source: Incident
    survivor: Incident
    is_merged: bool = False


def routes(incidents: Incidents, clock: Now) -> APIRouter:
    """The endpoint `/incidents/{id}/merge`."""
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

        async def read() -> Pair:
            source = (await require_incident(incidents, id, caller, to_change=True)).incident
            check_version(expected, source.version)
            asked = await incidents.get(body.into)
            if asked is None or not in_scope(caller.teams, asked.incident.team):
                raise invalid("/into", f"there is no incident with the id {body.into!r}", "unknown_incident")
            survivor = await incidents.survivor(asked.incident)
            if source.merged_into is not None and (await incidents.survivor(source)).id == survivor.id:
                return Pair(source, survivor, is_merged=True)
            require_scope(caller.teams, survivor.team)
            return Pair(source, survivor)

        def decide(pair: Pair) -> tuple[Edit, ...]:
            now = clock.now()
            if pair.is_merged:
                return (Edit(pair.source, pair.source, now),)
            return merge(pair.source, pair.survivor, actor_of(caller), now)

        edits = await decide_and_commit(read, decide, lambda edits: incidents.commit(edits, together=True))
        merged = edits[0]
        after = merged.after if merged.is_empty else merged.after.changed(version=merged.base + 1)
        return show_incident(after, response, clock)

    return router
