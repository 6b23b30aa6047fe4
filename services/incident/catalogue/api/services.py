"""`/services`: the catalogue. Managers write, everybody reads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.incident.access import in_scope, require_scope
from services.incident.catalogue.api.service_access import IfMatch, require_service, show_service, write_service
from services.incident.catalogue.api.views import ServiceView, service_view
from services.incident.catalogue.service_definition import (
    DRAWN_ID,
    Service,
    ServiceIn,
    ServicePatch,
    delete_service,
    edit_service,
    make_service,
)
from services.incident.catalogue.store.services import Catalogue
from services.incident.service_map.graph import ServiceFilter
from services.incident.service_map.map_cache import MapCache
from shared.clocks.clock import Now
from shared.ids import fresh
from shared.problem import not_found
from shared.vocabulary import Role
from shared.web import Caller, Page, check_version, decode_cursor, encode_cursor, expected_version
from shared.web.paging import MAX_LIMIT

Filter = Annotated[str | None, StringConstraints(max_length=200)]


class ServiceListIn(BaseModel):
    """What may be asked of the list of services."""

    model_config = ConfigDict(extra="ignore")

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50
    cursor: Annotated[str, StringConstraints(max_length=1000)] = ""
    team: Filter = None
    tier: Annotated[int | None, Field(ge=1, le=4)] = None
    tag: Filter = None
    q: Annotated[Filter, Field(description="A part of the id, the name or a tag, in any case")] = None


def routes(catalogue: Catalogue, map_cache: MapCache, clock: Now) -> APIRouter:
    """The catalogue's endpoints."""
    router = APIRouter(tags=["services"])

    @router.post("/services", status_code=201, response_model=ServiceView)
    async def create_service(body: ServiceIn, caller: Caller, response: Response) -> ServiceView:
        caller.require(Role.MANAGER)
        require_scope(caller.teams, body.team)
        id = body.id or fresh(DRAWN_ID)  # noqa: A001 - as the contract calls it

        def decide(before: Service | None) -> Service:
            return make_service(body, id, before, clock.now())

        made = await write_service(catalogue, id, decide)
        response.headers["Location"] = f"/services/{made.id}"
        return show_service(made, response)

    @router.get("/services")
    async def list_services(caller: Caller, asked: Annotated[ServiceListIn, Query()]) -> Page[ServiceView]:
        """By id; each of the filters restricts."""
        caller.require(Role.VIEWER)
        after, limit = decode_cursor(asked.cursor, str) or "", asked.limit
        wanted = ServiceFilter(caller.teams, asked.team, asked.tier, asked.tag, asked.q)
        ids = (await map_cache.fresh()).list_ids(wanted, after, limit + 1)
        found = [one for one in await catalogue.by_ids(ids[:limit]) if not one.deleted]
        return Page(
            items=[service_view(one) for one in found],
            next_cursor=encode_cursor(ids[limit - 1]) if len(ids) > limit else None,
        )

    @router.get("/services/{id}")
    async def read_service(id: str, caller: Caller, response: Response) -> ServiceView:
        caller.require(Role.VIEWER)
        service = await catalogue.get(id)
        if service is None or not in_scope(caller.teams, service.team):
            raise not_found("service", id)
        return show_service(require_service(id, service, caller), response)

    @router.patch("/services/{id}")
    async def patch_service(
        id: str, body: ServicePatch, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> ServiceView:
        caller.require(Role.MANAGER)
        expected = expected_version(if_match)

        def decide(before: Service | None) -> Service:
            known = require_service(id, before, caller)
            check_version(expected, known.version)
            after = edit_service(known, body, clock.now())
            require_scope(caller.teams, after.team)
            return after

        return show_service(await write_service(catalogue, id, decide), response)

    @router.delete("/services/{id}", status_code=204)
    async def remove_service(id: str, caller: Caller, if_match: IfMatch = None) -> Response:
        caller.require(Role.MANAGER)
        expected = expected_version(if_match)

        def decide(before: Service | None) -> Service:
            known = require_service(id, before, caller)
            check_version(expected, known.version)
            return delete_service(known, clock.now())

        await write_service(catalogue, id, decide)
        return Response(status_code=204)

    return router
