"""The map: which service needs which, as a graph that can be walked both ways.

A map never changes; what a service states anew makes another map, so whoever walks one sees it whole. An edge is kept
with the service that states it. Edges to services that are gone are kept too, and not seen: a service that is deleted
vanishes from the map, and one that comes back is needed by those who never took it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from services.incident.catalogue import Service
from services.incident.words import fold


class Way(StrEnum):
    """The direction of a walk: to what a service needs, or to what needs it."""

    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"


class EdgeKind(StrEnum):
    """`hard`: it fails with what it needs; `soft`: it only gets worse."""

    HARD = "hard"
    SOFT = "soft"

    @classmethod
    def of(cls, *, hard: bool) -> EdgeKind:
        """The word for a flag."""
        return cls.HARD if hard else cls.SOFT


Edges = tuple[tuple[str, bool], ...]
"""(service id, hard), by id."""


@dataclass(frozen=True, slots=True)
class Node:
    """What the map knows of a service."""

    id: str
    name: str
    team: str | None
    tier: int | None
    tags: tuple[str, ...]
    needs: Edges


@dataclass(frozen=True, slots=True)
class ServiceMap:
    """`nodes` are the services that are not deleted, by id; `needed_by` has, by id, who states to need it."""

    nodes: Mapping[str, Node] = field(default_factory=dict)
    needed_by: Mapping[str, Edges] = field(default_factory=dict)
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The ids of the services of a folded name."""
    gone: frozenset[str] = frozenset()
    """What is needed and is not there, so that walks need not look for it at every edge."""

    def with_changes(self, services: Iterable[Service]) -> ServiceMap:
        """The map after these services, whole or deleted, took the place of what was known of them."""
        nodes = dict(self.nodes)
        needed_by: dict[str, dict[str, bool]] = {}
        named: dict[str, set[str]] = {}

        def needers(key: str) -> dict[str, bool]:
            return needed_by.setdefault(key, dict(self.needed_by.get(key, ())))

        def namesakes(name: str) -> set[str]:
            return named.setdefault(name, set(self.named.get(name, ())))

        for service in services:
            old = nodes.pop(service.id, None)
            if old is not None:
                namesakes(fold(old.name)).discard(old.id)
                for key, _ in old.needs:
                    needers(key).pop(old.id, None)
            if not service.deleted:
                new = nodes[service.id] = _node(service)
                namesakes(fold(new.name)).add(new.id)
                for key, hard in new.needs:
                    needers(key)[new.id] = hard
        wanted = {**self.needed_by, **{key: tuple(sorted(edges.items())) for key, edges in needed_by.items()}}
        return ServiceMap(
            nodes,
            wanted,
            {**self.named, **{name: tuple(sorted(ids)) for name, ids in named.items()}},
            frozenset(key for key, edges in wanted.items() if edges and key not in nodes),
        )

    def neighbours(self, id: str, way: Way) -> Edges:
        """The services one step from this one, by id, each with whether the edge is hard; never itself."""
        if way is Way.DOWNSTREAM:
            return self.needed_by.get(id, ()) if id in self.nodes else ()
        node = self.nodes.get(id)
        if node is None:
            return ()
        return tuple(edge for edge in node.needs if edge[0] not in self.gone) if self.gone else node.needs

    def meant_by(self, word: str) -> str | None:
        """The service whose id is `word`, else whose name it is in any case; of several the first by id."""
        if word in self.nodes:
            return word
        return next(iter(self.named.get(fold(word), ())), None)

    def edges(self) -> Iterator[tuple[str, str, bool]]:
        """Every edge between services that are there: (who needs, what is needed, hard)."""
        for key in sorted(self.nodes):
            yield from ((key, other, hard) for other, hard in self.neighbours(key, Way.UPSTREAM))

    def listed(self, wanted: Wanted, after: str, limit: int) -> Sequence[str]:
        """The ids of up to `limit` services that are wanted, in order, behind `after` ("" for the first)."""
        found = sorted(key for key, node in self.nodes.items() if key > after and wanted.takes(node))
        return found[:limit]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of services asks for; what is None or empty does not restrict."""

    teams: Sequence[str] = ()
    """Those whose services may be shown at all."""
    team: str | None = None
    tier: int | None = None
    tag: str | None = None
    text: str | None = None
    """A part of the id, the name or a tag, in any case."""

    def takes(self, node: Node) -> bool:
        """True when the list shows this service."""
        if self.teams and node.team not in self.teams:
            return False
        return (
            (self.team is None or node.team == self.team)
            and (self.tier is None or node.tier == self.tier)
            and (self.tag is None or self.tag in node.tags)
            and (not self.text or any(fold(self.text) in fold(word) for word in (node.id, node.name, *node.tags)))
        )


def _node(service: Service) -> Node:
    return Node(
        id=service.id,
        name=service.name,
        team=service.team,
        tier=service.tier,
        tags=tuple(service.tags),
        needs=tuple(sorted({edge.service_id: edge.hard for edge in service.depends_on}.items())),
    )
