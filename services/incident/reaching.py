"""How far a failure reaches, and what a failing service needs: walks of the map, nearest first.

Every path is one of fewest steps; of several the first by id, one of hard edges alone before any other. It is hard
when each of its edges is, so a walk in which hard paths go first finds a hard one wherever there is one of that length.
Cycles end, since a service is reached once. A severity goes the way on which it loses least, however long that is: over
a hard edge as it is, over a soft one a step less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.incident.dependency_map import EdgeKind, ServiceMap, Way
from shared.vocabulary import Severity

_SEVERITIES = tuple(Severity)  # worst first


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a walk stops: after so many steps, services, or ids in all its paths together (a long chain has many)."""

    depth: int | None = None
    services: int = 20_000
    path_ids: int = 300_000


@dataclass(frozen=True, slots=True)
class Reached:
    """A service that a walk came to; `path` begins with where the walk began and ends with the service."""

    service_id: str
    distance: int
    path: tuple[str, ...]
    kind: EdgeKind


@dataclass(frozen=True, slots=True)
class Reach:
    """The services that a walk came to, the nearest first, as a tree: small, however long the paths are.

    `parents` has for each its place in `ids` of the one before it on its path; below zero, -1 is the first of `roots`,
    -2 the second. Not `complete`: it was stopped by its bounds on size.
    """

    roots: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    parents: tuple[int, ...] = ()
    hard: tuple[bool, ...] = ()
    complete: bool = True

    def paths(self) -> list[list[str]]:
        """The whole path to each."""
        paths: list[list[str]] = []
        for key, parent in zip(self.ids, self.parents, strict=True):
            paths.append([*paths[parent], key] if parent >= 0 else [self.roots[-1 - parent], key])
        return paths

    def reached(self) -> Iterator[Reached]:
        """Each with its whole path."""
        for path, hard in zip(self.paths(), self.hard, strict=True):
            yield Reached(path[-1], len(path) - 1, tuple(path), EdgeKind.of(hard=hard))


NOWHERE = Reach()


def reach(service_map: ServiceMap, roots: Sequence[str], way: Way, left_out: str | None, bounds: Bounds) -> Reach:
    """All that is reached from the roots, one or more, `left_out` never.

    A root is among it when the nearest walk that comes by began at another one.
    """
    ids: list[str] = []
    parents: list[int] = []
    hard: list[bool] = []
    seen = {left_out} if left_out is not None else set()
    begun = frozenset(roots)
    frontier = [(root, -1 - place, True, root) for place, root in enumerate(roots)]
    distance, path_ids = 0, 0
    while frontier and (bounds.depth is None or distance < bounds.depth):
        distance += 1
        found: dict[str, tuple[int, bool, str]] = {}
        for key, place, is_hard, root in frontier:
            for other, edge_hard in service_map.neighbours(key, way):
                by_hard = is_hard and edge_hard
                known = found.get(other)
                if other not in seen and other != root and (known is None or (by_hard and not known[1])):
                    found[other] = place, by_hard, root
        frontier = []
        for key, (place, is_hard, root) in sorted(found.items(), key=lambda one: (not one[1][1], one[0])):
            path_ids += distance + 1
            if len(ids) == bounds.services or path_ids > bounds.path_ids:
                return Reach(tuple(roots), tuple(ids), tuple(parents), tuple(hard), complete=False)
            if key not in begun:  # what is a root has been walked from
                frontier.append((key, len(ids), is_hard, root))
            seen.add(key)
            ids.append(key)
            parents.append(place)
            hard.append(is_hard)
    return Reach(tuple(roots), tuple(ids), tuple(parents), tuple(hard))


def fewest_soft(service_map: ServiceMap, root: str, way: Way) -> Mapping[str, int]:
    """How many soft edges there are on the way to each service that has fewest of them."""
    fewest: dict[str, int] = {}
    soft = 0
    near = {root}
    while near:
        # all that hard edges lead to is as near; only then what soft ones lead to from there
        walking = list(near)
        beyond: set[str] = set()
        fewest.update(dict.fromkeys(near, soft))
        while walking:
            for other, hard in service_map.neighbours(walking.pop(), way):
                if other not in fewest:
                    if hard:
                        fewest[other] = soft
                        walking.append(other)
                    else:
                        beyond.add(other)
        near = beyond - fewest.keys()
        soft += 1
    return fewest


def weakened(severity: Severity, soft: int) -> Severity:
    """The severity that is left after so many soft edges; low is the least."""
    return _SEVERITIES[min(severity.rank + soft, len(_SEVERITIES) - 1)]
