"""`/incidents`: begin and list them. Responders write, everybody reads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.incident.access import require_scope
from services.incident.affected_services.opening import with_blast_radius
from services.incident.catalogue.service_definition import Service
from services.incident.catalogue.store.services import Catalogue
from services.incident.incidents.api.list_filters import ListIn, listing_of
from services.incident.incidents.api.lookup import actor_of, show_incident
from services.incident.incidents.api.views import IncidentView, incident_view
from services.incident.incidents.commands import IncidentIn, begin
from services.incident.incidents.edit import Edit
from services.incident.incidents.store.incidents import Incidents
from services.incident.incidents.store.lists import Lists
from services.incident.numbering.store import Numbers
from services.incident.service_map.map_cache import MapCache
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.ids import fresh
from shared.outbox.races import decide_and_commit
from shared.problem import invalid
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor


def routes(
    incidents: Incidents,
    catalogue: Catalogue,
    map_cache: MapCache,
    numbers: Numbers,
    lists: Lists,
    *,
    clock: Now,
) -> APIRouter:
    """The incidents' endpoints."""
    router = APIRouter(tags=["incidents"])

    @router.post("/incidents", status_code=201)
    async def open_incident(body: IncidentIn, caller: Caller, response: Response) -> IncidentView:
        caller.require(Role.RESPONDER)
        service = await _service_of(catalogue, body.service_id, caller)
        now = clock.now()
        service_map, cause = await map_cache.fresh(), fresh("call_")

        def decide(ids: list[str]) -> Edit:
            begun = begin(body, ids[0], service, actor=actor_of(caller), now=now, cause=cause)
            return with_blast_radius(begun, service_map)

        # an import may have taken a number that this process had in hand: then another is taken
        edit = await decide_and_commit(lambda: numbers.take(now, 1), decide, lambda edit: incidents.commit([edit]))
        response.headers["Location"] = f"/incidents/{edit.after.id}"
        return show_incident(edit.after.changed(version=1), response, clock)

    @router.get("/incidents")
    async def list_incidents(caller: Caller, asked: Annotated[ListIn, Query()]) -> Page[IncidentView]:
        caller.require(Role.VIEWER)
        beyond = decode_cursor(asked.cursor, int)
        now = clock.now()
        found, position = await lists.page(listing_of(asked, caller.teams), beyond, asked.limit, now)
        return Page(
            items=[incident_view(one, now) for one in found],
            next_cursor=encode_cursor(position) if position is not None else None,
        )

    return router


async def _service_of(catalogue: Catalogue, id: str | None, caller: Identity) -> Service | None:
    if id is None:
        require_scope(caller.teams, None)
        return None
    service = await catalogue.get(id)
    if service is None or service.deleted:
        raise invalid("/service_id", f"there is no service with the id {id!r}", "unknown_service")
    require_scope(caller.teams, service.team)
    return service
