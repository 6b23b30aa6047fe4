"""What may be said about what a service needs: edges are added, turned hard or soft, and taken back, one service's at
a time. Saying the same twice changes nothing. A service can't need itself, or one that nobody knows; circles of two
and more are allowed, since they exist.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.incident.catalogue.service_definition import EdgeKind, Reference, Service
from shared.events.incidents import Dependency
from shared.problem import Fault, Problem, invalid, not_found

MAX_DEPENDENCIES = 1000


class DependenciesIn(BaseModel):
    """The body that states what a service needs, besides what was stated before."""

    model_config = ConfigDict(extra="ignore")

    depends_on: Annotated[list[Reference], Field(min_length=1, max_length=MAX_DEPENDENCIES)]
    kind: EdgeKind = EdgeKind.HARD


def add_edges(service: Service, body: DependenciesIn, known: Collection[str], now: datetime) -> Service:
    """The service with these edges; `known` are those of the named services that are there.

    Raises a 422 `Problem` that points at each id that can't be: its own, one that nobody has, one too many.
    """
    faults = [
        Fault(f"/depends_on/{place}", what)
        for place, key in enumerate(body.depends_on)
        if (what := fault_of(service.id, key, known))
    ]
    if faults:
        detail = "; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults[:5])
        own = any(key == service.id for key in body.depends_on)
        raise Problem(422, "depends_on_itself" if own else "unknown_service", detail, errors=faults)
    stated = dict.fromkeys(body.depends_on, body.kind is EdgeKind.HARD)
    after = with_edges(service, {**edges_of(service), **stated}, now)
    if len(after.depends_on) > MAX_DEPENDENCIES:
        raise invalid("/depends_on", f"a service has at most {MAX_DEPENDENCIES} dependencies", "too_many")
    return after


def remove_edge(service: Service, other: str, now: datetime) -> Service:
    """The service without its edge to `other`. Raises a 404 `Problem` when there is none."""
    edges = dict(edges_of(service))
    if edges.pop(other, None) is None:
        raise not_found("dependency", other)
    return with_edges(service, edges, now)


def fault_of(service_id: str, other: str, known: Collection[str]) -> str | None:
    """Why a service can't need another one; None when it can."""
    if other == service_id:
        return "a service can't depend on itself"
    if other not in known:
        return f"there is no service with the id {other!r}"
    return None


def edges_of(service: Service) -> Mapping[str, bool]:
    """What it states to need: whether the edge is hard, by id."""
    return {edge.service_id: edge.hard for edge in service.depends_on}


def with_edges(service: Service, edges: Mapping[str, bool], now: datetime) -> Service:
    """The service that needs exactly these; itself when nothing changes."""
    if edges == edges_of(service):
        return service
    stated = [Dependency(service_id=key, hard=hard) for key, hard in sorted(edges.items())]
    return service.changed(depends_on=stated, updated_at=now)
