"""Clusters are made anew again and again: each keeps the id of the one before that it shares most with. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PREFIX = "cluster-"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of templates as it was just made: how many incidents have each (by key), and its first incident's id."""

    templates: Mapping[str, int]
    first_incident: str


def keep_ids(before: Mapping[str, Mapping[str, int]], groups: Sequence[Group]) -> list[str]:
    """The id of each group. `before`: the templates' keys and counts of each cluster there was, by its id.

    The pair that shares most incidents is matched first, each old id goes to one group; of equals the older id (by its
    text) and the earlier group. A group that is left over is named after its first incident.
    """
    owner = {key: cluster for cluster in sorted(before, reverse=True) for key in before[cluster]}
    shared: dict[tuple[str, int], int] = {}
    for number, group in enumerate(groups):
        for key, count in group.templates.items():
            if key in owner:
                pair = (owner[key], number)
                shared[pair] = shared.get(pair, 0) + count
    ids: dict[int, str] = {}
    used: set[str] = set()
    for cluster, number in sorted(shared, key=lambda pair: (-shared[pair], pair)):
        if number not in ids and cluster not in used:
            ids[number] = cluster
            used.add(cluster)
    taken = used | before.keys()
    for number, group in enumerate(groups):
        if number not in ids:
            ids[number] = _fresh(group, taken)
            taken = taken | {ids[number]}
    return [ids[number] for number in range(len(groups))]


def _fresh(group: Group, taken: set[str]) -> str:
    base = PREFIX + group.first_incident
    number = 1
    while (name := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return name
