"""`/services/{id}/dependencies`, `/services/{id}/impact`, `/services/graph`: the map. Managers draw it, all read it.

A key that is limited to teams draws the edges of their services, to whatever these need. Walks go through the whole
map, since a failure does, and name what they reach by id alone; the graph shows such a key its own teams' services.
"""

from __future__ import annotations

from asyncio import to_thread
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from services.incident.access import in_scope
from services.incident.affected_services.open_cache import OpenIncidentCache
from services.incident.catalogue.api.service_access import IfMatch, require_service, write_service
from services.incident.catalogue.service_definition import Service
from services.incident.catalogue.store.services import Catalogue
from services.incident.service_map.api.views import (
    DependenciesView,
    GraphView,
    ImpactView,
    dependencies_json,
    graph_json,
    impact_json,
)
from services.incident.service_map.edges import DependenciesIn, add_edges, remove_edge
from services.incident.service_map.graph import ServiceMap
from services.incident.service_map.map_cache import MapCache
from services.incident.service_map.response_cache import Answer, MapResponseCache
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.problem import not_found
from shared.vocabulary import Role, Severity
from shared.web import Caller, check_version, etag, expected_version, is_known

Depth = Annotated[int | None, Query(ge=1, le=100_000, description="How many steps at most; left out: all")]

IfNoneMatch = Annotated[str | None, Header(description="The answer that the caller has: its `ETag`")]


def routes(
    catalogue: Catalogue, map_cache: MapCache, answers: MapResponseCache, open_incidents: OpenIncidentCache, clock: Now
) -> APIRouter:
    """The map's endpoints."""
    router = APIRouter(tags=["services"])

    @router.get("/services/graph", response_model=GraphView)
    async def read_graph(caller: Caller, if_none_match: IfNoneMatch = None) -> Response:
        """The whole map, with the worst severity of each service's open incidents."""
        caller.require(Role.VIEWER)
        service_map = await map_cache.fresh()
        worst = await open_incidents.fresh()
        asked = ("graph", tuple(sorted(worst.items())), tuple(caller.teams))
        answer = await answers.answer(
            service_map, asked, lambda: to_thread(graph_json, service_map, worst, caller.teams)
        )
        return _respond(answer, if_none_match)

    @router.get("/services/{id}/dependencies", response_model=DependenciesView)
    async def read_dependencies(
        id: str, caller: Caller, depth: Depth = None, if_none_match: IfNoneMatch = None
    ) -> Response:
        """What the service needs, however far away, the nearest first."""
        caller.require(Role.VIEWER)
        service_map = _require_visible(await map_cache.fresh(), id, caller)
        asked = ("dependencies", id, depth)
        answer = await answers.answer(service_map, asked, lambda: to_thread(dependencies_json, service_map, id, depth))
        return _respond(answer, if_none_match)

    @router.get("/services/{id}/impact", response_model=ImpactView)
    async def read_impact(
        id: str,
        caller: Caller,
        depth: Depth = None,
        severity: Severity = Severity.CRITICAL,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """Who suffers if the service fails as badly as `severity` says."""
        caller.require(Role.VIEWER)
        service_map = _require_visible(await map_cache.fresh(), id, caller)
        asked = ("impact", id, depth, severity)
        answer = await answers.answer(
            service_map, asked, lambda: to_thread(impact_json, service_map, id, depth, severity)
        )
        return _respond(answer, if_none_match)

    @router.post("/services/{id}/dependencies", status_code=201, response_model=DependenciesView)
    async def add_dependencies(id: str, body: DependenciesIn, caller: Caller, if_match: IfMatch = None) -> Response:
        """State what the service needs, besides what was stated before; an edge that is there gets this kind."""
        caller.require(Role.MANAGER)
        expected = expected_version(if_match)
        known = (await map_cache.fresh()).nodes

        def decide(before: Service | None) -> Service:
            service = require_service(id, before, caller)
            check_version(expected, service.version)
            return add_edges(service, body, known.keys(), clock.now())

        service = await write_service(catalogue, id, decide)
        answer = _json(dependencies_json(await map_cache.fresh(), id, 1), 201)
        answer.headers["Location"] = f"/services/{id}/dependencies"
        answer.headers["ETag"] = etag(service.version)
        return answer

    @router.delete("/services/{id}/dependencies/{other}", status_code=204)
    async def remove_dependency(id: str, other: str, caller: Caller, if_match: IfMatch = None) -> Response:
        """Take back that the service needs the other one."""
        caller.require(Role.MANAGER)
        expected = expected_version(if_match)

        def decide(before: Service | None) -> Service:
            service = require_service(id, before, caller)
            check_version(expected, service.version)
            return remove_edge(service, other, clock.now())

        await write_service(catalogue, id, decide)
        return Response(status_code=204)

    return router


def _require_visible(service_map: ServiceMap, id: str, caller: Identity) -> ServiceMap:
    """The map, if the caller may look at it from this service. Raises a 404 `Problem` otherwise."""
    node = service_map.nodes.get(id)
    if node is None or not in_scope(caller.teams, node.team):
        raise not_found("service", id)
    return service_map


def _respond(answer: Answer, if_none_match: str | None) -> Response:
    headers = {"ETag": answer.etag}
    if is_known(if_none_match, answer.etag):
        return Response(status_code=304, headers=headers)
    return Response(answer.body, headers=headers, media_type="application/json")


def _json(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type="application/json")
