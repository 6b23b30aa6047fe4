"""How far a failure reaches, and what a failing service needs: walks of the map, nearest first.

Every path is one of fewest steps; of several the first by id, one of hard edges alone before any other. It is hard
when each of its edges is, so a walk in which hard paths go first finds a hard one wherever there is one of that length.
Cycles end, since a service is reached once. A severity goes the way on which it loses least, however long that is: over
a hard edge as it is, over a soft one a step less.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.incident.catalogue.service_definition import EdgeKind
from services.incident.service_map.graph import ServiceMap, Way
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

    def iterate(self) -> Iterator[Reached]:
        """Iterates over the services that were reached, each with its whole path."""
        for path, hard in zip(self.paths(), self.hard, strict=True):
            yield Reached(path[-1], len(path) - 1, tuple(path), EdgeKind.of(hard=hard))


NOWHERE = Reach()


def reach(service_map: ServiceMap, roots: Sequence[str], way: Way, left_out: str | None, bounds: Bounds) -> Reach:
    """All that is reached from the roots, one or more, `left_out` never.

    A root is among it when the nearest walk that comes by began at another one.
    """
    steps = service_map.steps
    hard_steps, every_step = steps.hard[way], steps.every[way]
    reached: list[int] = []
    parents: list[int] = []
    hard: list[bool] = []
    seen = bytearray(len(steps.ids))
    if left_out is not None and left_out in steps.number:
        seen[steps.number[left_out]] = True
    begun = {steps.number[root] for root in roots if root in steps.number}
    # (service, its place in the answer, the root it was reached from); hard paths go first
    by_hard = [
        (steps.number[root], -1 - place, steps.number[root]) for place, root in enumerate(roots) if root in steps.number
    ]
    by_any: list[tuple[int, int, int]] = []
    distance, path_ids = 0, 0

    def answer(*, complete: bool) -> Reach:
        ids = tuple(steps.ids[one] for one in reached)
        return Reach(tuple(roots), ids, tuple(parents), tuple(hard), complete=complete)

    while (by_hard or by_any) and (bounds.depth is None or distance < bounds.depth):
        distance += 1
        found = _next(by_hard, hard_steps, seen), _next([*by_hard, *by_any], every_step, seen)
        frontiers: tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]] = [], []
        for nearest, frontier, is_hard in zip(found, frontiers, (True, False), strict=True):
            for one, (place, root) in sorted(nearest.items()):
                path_ids += distance + 1
                if len(reached) == bounds.services or path_ids > bounds.path_ids:
                    return answer(complete=False)
                if one not in begun:  # what is a root has been walked from
                    frontier.append((one, len(reached), root))
                reached.append(one)
                parents.append(place)
                hard.append(is_hard)
        by_hard, by_any = frontiers
    return answer(complete=True)


def _next(
    frontier: Iterable[tuple[int, int, int]], steps: Sequence[Sequence[int]], seen: bytearray
) -> dict[int, tuple[int, int]]:
    """The unseen services one step beyond the frontier, as (place of the one before, root); marks them as seen."""
    found: dict[int, tuple[int, int]] = {}
    for one, place, root in frontier:
        for other in steps[one]:
            if not seen[other] and other != root:
                seen[other] = True
                found[other] = place, root
    return found


def fewest_soft(service_map: ServiceMap, root: str, way: Way) -> Mapping[str, int]:
    """How many soft edges there are on the way to each service that has fewest of them."""
    steps = service_map.steps
    hard_steps, every_step = steps.hard[way], steps.every[way]
    fewest: dict[int, int] = {}
    soft = 0
    near = {steps.number[root]} if root in steps.number else set()
    while near:
        # all that hard edges lead to is as near; only then what soft ones lead to from there
        fewest.update(dict.fromkeys(near, soft))
        walking = list(near)
        beyond: set[int] = set()
        while walking:
            one = walking.pop()
            beyond.update(every_step[one])
            for other in hard_steps[one]:
                if other not in fewest:
                    fewest[other] = soft
                    walking.append(other)
        near = beyond - fewest.keys()
        soft += 1
    return {steps.ids[one]: count for one, count in fewest.items()}


def weaken(severity: Severity, soft: int) -> Severity:
    """The severity that is left after so many soft edges; low is the least."""
    return _SEVERITIES[min(severity.rank + soft, len(_SEVERITIES) - 1)]
