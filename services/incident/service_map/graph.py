"""The map: which service needs which, as a graph that can be walked both ways.

A map never changes; what a service states anew makes another map, so whoever walks one sees it whole. An edge is kept
with the service that states it. Edges to services that are gone are kept too, and not seen: a service that is deleted
vanishes from the map, and one that comes back is needed by those who never took it back.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import islice

from services.incident.catalogue.search_words import fold
from services.incident.catalogue.service_definition import Service, is_shown


class Way(StrEnum):
    """The direction of a walk: to what a service needs, or to what needs it."""

    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"


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
    words: str
    """All that a text is looked for in, folded: the id, the name and the tags, a line each."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The map as walks want it: services by number, numbers in the order of ids, and only edges that can be seen.

    `hard` and `every` have, for each way and number, the numbers of the services one step from it, in order: over hard
    edges, and over any.
    """

    ids: tuple[str, ...]
    number: Mapping[str, int]
    hard: Mapping[Way, Sequence[Sequence[int]]]
    every: Mapping[Way, Sequence[Sequence[int]]]

    @classmethod
    def of(cls, nodes: Mapping[str, Node]) -> Steps:
        """The steps between these services."""
        ids = tuple(sorted(nodes))
        number = {key: place for place, key in enumerate(ids)}
        hard: dict[Way, list[list[int]]] = {way: [[] for _ in ids] for way in Way}
        every: dict[Way, list[list[int]]] = {way: [[] for _ in ids] for way in Way}
        for place, key in enumerate(ids):
            for needed, is_hard in nodes[key].needs:
                other = number.get(needed)
                if other is None:
                    continue
                every[Way.UPSTREAM][place].append(other)
                every[Way.DOWNSTREAM][other].append(place)
                if is_hard:
                    hard[Way.UPSTREAM][place].append(other)
                    hard[Way.DOWNSTREAM][other].append(place)
        return cls(ids, number, hard, every)


@dataclass(frozen=True)
class ServiceMap:
    """`nodes` are the services that are shown (`catalogue.is_shown`), by id."""

    nodes: Mapping[str, Node] = field(default_factory=dict)
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The ids of the services of a folded name."""

    def with_changes(self, services: Iterable[Service]) -> ServiceMap:
        """The map after these services, whole or deleted, took the place of what was known of them."""
        nodes = dict(self.nodes)
        named: dict[str, set[str]] = {}

        def namesakes(name: str) -> set[str]:
            return named.setdefault(name, set(self.named.get(name, ())))

        for service in services:
            old = nodes.pop(service.id, None)
            if old is not None:
                namesakes(fold(old.name)).discard(old.id)
            if is_shown(service):
                new = nodes[service.id] = _node(service)
                namesakes(fold(new.name)).add(new.id)
        return ServiceMap(nodes, {**self.named, **{name: tuple(sorted(ids)) for name, ids in named.items()}})

    @cached_property
    def steps(self) -> Steps:
        """What walks go by, made when the first one begins: some 20 ms for fifty thousand edges."""
        return Steps.of(self.nodes)

    def find_by_word(self, word: str) -> str | None:
        """The service whose id is `word`, else whose name it is in any case; of several the first by id."""
        if word in self.nodes:
            return word
        return next(iter(self.named.get(fold(word), ())), None)

    def edges(self) -> Iterator[tuple[str, str, bool]]:
        """Every edge between services that are there: (who needs, what is needed, hard)."""
        for key in self.steps.ids:
            yield from ((key, other, hard) for other, hard in self.nodes[key].needs if other in self.nodes)

    def list_ids(self, wanted: ServiceFilter, after: str, limit: int) -> Sequence[str]:
        """The ids of up to `limit` services that are wanted, in order, behind `after` ("" for the first)."""
        ids = self.steps.ids
        behind = range(bisect_right(ids, after), len(ids))
        return list(islice((ids[place] for place in behind if wanted.takes(self.nodes[ids[place]])), limit))


@dataclass(frozen=True, slots=True)
class ServiceFilter:
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
            and (not self.text or fold(self.text) in node.words)
        )


def _node(service: Service) -> Node:
    return Node(
        id=service.id,
        name=service.name,
        team=service.team,
        tier=service.tier,
        tags=tuple(service.tags),
        words="\n".join(fold(word) for word in (service.id, service.name, *service.tags)),
        needs=tuple(sorted({edge.service_id: edge.hard for edge in service.depends_on}.items())),
    )
