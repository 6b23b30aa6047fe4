"""What HTTP shows of the map. The answers may be large, so they are made of plain values and encoded at once; the
models say what is in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from pydantic import BaseModel, Field

from services.incident.dependency_map import EdgeKind, ServiceMap, Way
from services.incident.reaching import Bounds, Reach, Reached, fewest_soft, reach, weakened
from shared.vocabulary import Severity


class ReachedView(BaseModel):
    """A service on the map as seen from another one."""

    service_id: str
    distance: int
    path: list[str]
    """From the service that was asked about to this one."""
    kind: EdgeKind
    """Hard when every edge of the path is."""

    @classmethod
    def of(cls, reached: Reached) -> ReachedView:
        """One of a walk."""
        return cls(service_id=reached.service_id, distance=reached.distance, path=list(reached.path), kind=reached.kind)


class DependenciesView(BaseModel):
    """What a service needs, the nearest first."""

    service_id: str
    items: list[ReachedView]
    total: int
    complete: bool
    """False: there is more than one answer holds."""


class SufferingView(ReachedView):
    """A service that suffers when another one fails, and how badly."""

    severity: Severity
    """What reaches it on the way on which least is lost: over a hard edge all, over a soft one a step less."""


class ImpactView(BaseModel):
    """Who suffers when a service fails, the nearest first."""

    service_id: str
    severity: Severity
    """How badly it fails."""
    items: list[SufferingView]
    total: int
    complete: bool


class NodeView(BaseModel):
    """A service on the map."""

    id: str
    name: str
    team: str | None
    tier: int | None
    severity: Severity | None
    """The worst of its open incidents; null: there is none."""


class EdgeView(BaseModel):
    """`from` needs `to`."""

    from_: str = Field(alias="from")
    to: str
    kind: EdgeKind


class GraphView(BaseModel):
    """The whole map."""

    nodes: list[NodeView]
    edges: list[EdgeView]


def reached_items(found: Reach) -> list[dict[str, Any]]:
    """The members of `ReachedView`, for each."""
    hard, soft = EdgeKind.HARD.value, EdgeKind.SOFT.value
    return [
        {"service_id": path[-1], "distance": len(path) - 1, "path": path, "kind": hard if by_hard else soft}
        for path, by_hard in zip(found.paths(), found.hard, strict=True)
    ]


def dependencies_json(service_map: ServiceMap, key: str, depth: int | None) -> bytes:
    """A `DependenciesView`; `depth` is the most steps."""
    found = reach(service_map, (key,), Way.UPSTREAM, key, Bounds(depth=depth))
    return _answer(key, reached_items(found), found.complete)


def impact_json(service_map: ServiceMap, key: str, depth: int | None, severity: Severity) -> bytes:
    """An `ImpactView`."""
    found = reach(service_map, (key,), Way.DOWNSTREAM, key, Bounds(depth=depth))
    soft = fewest_soft(service_map, key, Way.DOWNSTREAM)
    left = {steps: weakened(severity, steps).value for steps in set(soft.values())}
    items = reached_items(found)
    for item in items:
        item["severity"] = left[soft[item["service_id"]]]
    return _answer(key, items, found.complete, severity=severity)


def graph_json(service_map: ServiceMap, worst: Mapping[str, Severity], teams: Iterable[str]) -> bytes:
    """A `GraphView`; `worst` has the severity of the services that have open incidents.

    With `teams`, only of their services and what is between them.
    """
    allowed = frozenset(teams)
    nodes = [
        {
            "id": node.id,
            "name": node.name,
            "team": node.team,
            "tier": node.tier,
            "severity": worst.get(node.id),
        }
        for _, node in sorted(service_map.nodes.items())
        if not allowed or node.team in allowed
    ]
    seen = {node["id"] for node in nodes}
    words = {flag: EdgeKind.of(hard=flag).value for flag in (True, False)}
    edges = [
        {"from": key, "to": other, "kind": words[hard]}
        for key, other, hard in service_map.edges()
        if key in seen and other in seen
    ]
    return orjson.dumps({"nodes": nodes, "edges": edges})


def _answer(key: str, items: list[dict[str, Any]], complete: bool, **more: Any) -> bytes:
    return orjson.dumps({"service_id": key, **more, "items": items, "total": len(items), "complete": complete})
