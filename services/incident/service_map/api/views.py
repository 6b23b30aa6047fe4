"""What HTTP shows of the map. The answers may be large, so they are written as text and not as objects; the models
say what is in them, and tests hold the text to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import orjson
from pydantic import BaseModel, Field

from services.incident.catalogue.service_definition import EdgeKind
from services.incident.service_map.graph import ServiceMap, Way
from services.incident.service_map.reach import Bounds, Reach, Reached, fewest_soft, reach, weaken
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


def dependencies_json(service_map: ServiceMap, key: str, depth: int | None) -> bytes:
    """A `DependenciesView`; `depth` is the most steps."""
    found = reach(service_map, (key,), Way.UPSTREAM, key, Bounds(depth=depth))
    return _answer({"service_id": key}, _write_reached(found), found)


def impact_json(service_map: ServiceMap, key: str, depth: int | None, severity: Severity) -> bytes:
    """An `ImpactView`."""
    found = reach(service_map, (key,), Way.DOWNSTREAM, key, Bounds(depth=depth))
    soft = fewest_soft(service_map, key, Way.DOWNSTREAM)
    left = {steps: f',"severity":{_text(weaken(severity, steps))}}}' for steps in set(soft.values())}
    items = [item[:-1] + left[soft[one]] for item, one in zip(_write_reached(found), found.ids, strict=True)]
    return _answer({"service_id": key, "severity": severity}, items, found)


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
        for node in map(service_map.nodes.__getitem__, service_map.steps.ids)
        if not allowed or node.team in allowed
    ]
    names = {key: _text(key) for key, node in service_map.nodes.items() if not allowed or node.team in allowed}
    kinds = {flag: f',"kind":{_text(EdgeKind.of(hard=flag))}}}' for flag in (True, False)}
    edges = [
        f'{{"from":{names[key]},"to":{names[other]}{kinds[hard]}'
        for key, other, hard in service_map.edges()
        if key in names and other in names
    ]
    return b'{"nodes":' + orjson.dumps(nodes) + b',"edges":[' + ",".join(edges).encode() + b"]}"


def _write_reached(found: Reach) -> list[str]:
    """A `ReachedView` each, as text: paths share their beginnings, so each is made of the one before it."""
    roots = [_text(root) for root in found.roots]
    kinds = {flag: f'],"kind":{_text(EdgeKind.of(hard=flag))}}}' for flag in (True, False)}
    paths: list[tuple[int, str]] = []
    items: list[str] = []
    for key, parent, is_hard in zip(found.ids, found.parents, found.hard, strict=True):
        name = _text(key)
        steps, path = paths[parent] if parent >= 0 else (0, roots[-1 - parent])
        steps, path = steps + 1, f"{path},{name}"
        paths.append((steps, path))
        items.append(f'{{"service_id":{name},"distance":{steps},"path":[{path}{kinds[is_hard]}')
    return items


def _answer(about: Mapping[str, str], items: Sequence[str], found: Reach) -> bytes:
    head = orjson.dumps(about)[:-1] + b',"items":['
    tail = b'],"total":%d,"complete":%s}' % (len(items), b"true" if found.complete else b"false")
    return head + ",".join(items).encode() + tail


def _text(word: str) -> str:
    return orjson.dumps(word).decode()
