"""`/services`: the catalogue. Managers write, everybody reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Header, Response

from services.incident.access import in_scope, require_scope
from services.incident.catalogue import (
    Service,
    ServiceIn,
    ServicePatch,
    delete_service,
    edit_service,
    make_service,
)
from services.incident.store.catalogue import Catalogue
from services.incident.views import ServiceView, service_view
from shared.aggregates import settle_races
from shared.clock import Now
from shared.identity import Identity
from shared.ids import fresh
from shared.problem import not_found
from shared.vocabulary import Role
from shared.web import Caller, Page, check_version, decode_cursor, encode_cursor, etag, expected_version
from shared.web.paging import Cursor, Limit

IfMatch = Annotated[str | None, Header()]


def routes(catalogue: Catalogue, clock: Now) -> APIRouter:
    """The catalogue's endpoints."""
    router = APIRouter(tags=["services"])

    @router.post("/services", status_code=201, response_model=ServiceView)
    async def create_service(body: ServiceIn, caller: Caller, response: Response) -> ServiceView:
        caller.require(Role.MANAGER)
        require_scope(caller.teams, body.team)
        id = body.id or fresh("svc_")  # noqa: A001 - as the contract calls it

        def decide(before: Service | None) -> Service:
            return make_service(body, id, before, clock.now())

        made = await _write(catalogue, id, decide)
        response.headers["Location"] = f"/services/{made.id}"
        return _shown(made, response)

    @router.get("/services")
    async def list_services(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[ServiceView]:
        caller.require(Role.VIEWER)
        after = str(decode_cursor(cursor, (str,))[0]) if cursor else ""
        found = await catalogue.page(after, limit + 1, caller.teams)
        shown = [service_view(one) for one in found[:limit]]
        return Page(items=shown, next_cursor=encode_cursor(shown[-1].id) if len(found) > limit else None)

    @router.get("/services/{id}")
    async def read_service(id: str, caller: Caller, response: Response) -> ServiceView:
        caller.require(Role.VIEWER)
        service = await catalogue.get(id)
        if service is None or not in_scope(caller.teams, service.team):
            raise not_found("service", id)
        return _shown(_existing(id, service, caller), response)

    @router.patch("/services/{id}")
    async def patch_service(
        id: str, body: ServicePatch, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> ServiceView:
        caller.require(Role.MANAGER)
        expected = expected_version(if_match)

        def decide(before: Service | None) -> Service:
            known = _existing(id, before, caller)
            check_version(expected, known.version)
            after = edit_service(known, body, clock.now())
            require_scope(caller.teams, after.team)
            return after

        return _shown(await _write(catalogue, id, decide), response)

    @router.delete("/services/{id}", status_code=204)
    async def remove_service(id: str, caller: Caller, if_match: IfMatch = None) -> Response:
        caller.require(Role.MANAGER)
        expected = expected_version(if_match)

        def decide(before: Service | None) -> Service:
            known = _existing(id, before, caller)
            check_version(expected, known.version)
            return delete_service(known, clock.now())

        await _write(catalogue, id, decide)
        return Response(status_code=204)

    return router


async def _write(catalogue: Catalogue, id: str, decide: Callable[[Service | None], Service]) -> Service:
    written: list[Service] = []

    async def attempt() -> set[str]:
        before = await catalogue.get(id)
        after = decide(before)
        if after == before:
            written[:] = [after]
            return set()
        lost = await catalogue.commit(before, after)
        written[:] = [after.model_copy(update={"version": (before.version if before else 0) + 1})]
        return lost

    await settle_races(attempt)
    return written[0]


def _existing(id: str, service: Service | None, caller: Identity) -> Service:
    if service is None or service.deleted:
        raise not_found("service", id)
    require_scope(caller.teams, service.team)
    return service


def _shown(service: Service, response: Response) -> ServiceView:
    response.headers["ETag"] = etag(service.version)
    return service_view(service)
