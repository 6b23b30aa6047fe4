"""The blast radius of an incident: what its services need, and what needs them, as the map was when it opened.

It is computed once, from the map in memory, and kept beside the incident: the nearest services up to a bound, as a
tree, so that it is small also where everything depends on everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.incident.service_map.graph import ServiceMap, Way
from services.incident.service_map.reach import NOWHERE, Bounds, Reach, reach
from shared.events import Fact

BOUNDS = Bounds(services=1000, path_ids=20_000)
"""What is kept in each direction."""


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """Both directions."""

    upstream: Reach = NOWHERE
    downstream: Reach = NOWHERE

    def size(self) -> RadiusSize:
        """How many services are in it."""
        return RadiusSize(
            upstream=len(self.upstream.ids),
            downstream=len(self.downstream.ids),
            complete=self.upstream.complete and self.downstream.complete,
        )


class RadiusSize(Fact):
    """What an incident itself keeps of its blast radius; not `complete`: there were more, farther away."""

    upstream: int
    downstream: int
    complete: bool


def radius_around(services: Sequence[str], own: str | None, service_map: ServiceMap) -> BlastRadius:
    """What these services reach; `own` is the incident's own among them, which is never in it."""
    return BlastRadius(
        upstream=reach(service_map, services, Way.UPSTREAM, own, BOUNDS),
        downstream=reach(service_map, services, Way.DOWNSTREAM, own, BOUNDS),
    )
