"""Where a change may hurt: the services that one depends on, how far away they are, and who depends on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.incident.affected_services.opening import services_tied_to
from services.incident.catalogue.service_definition import EdgeKind
from services.incident.incidents.incident import Incident
from services.incident.service_map.graph import ServiceMap, Way
from services.incident.service_map.reach import Bounds, reach
from shared.vocabulary import UNROUTED

BOUNDS = Bounds(services=200, path_ids=20_000)
"""Of a larger map the nearest count."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A service and how far away it is; `hard` when every edge on the way is."""

    service_id: str
    distance: int = 0
    hard: bool = True


class Neighbourhood:
    """What suspects ask of the map of services, as it is when it is asked; `read` gives the newest."""

    def __init__(self, read: Callable[[], ServiceMap]) -> None:
        self._read = read

    def needs(self, incident: Incident) -> Sequence[Neighbour]:
        """The services that the incident is about, at distance 0, and those they depend on, the nearest first.

        Nothing happens to `unrouted` itself. What is not on the map yet stands alone.
        """
        service_map = self._read()
        own = [incident.service_id] if incident.service_id not in (None, UNROUTED) else []
        roots = tuple(
            dict.fromkeys(one for one in (*own, *services_tied_to(incident, service_map)) if one and one != UNROUTED)
        )
        found = reach(service_map, roots, Way.UPSTREAM, None, BOUNDS)
        beyond = [
            Neighbour(one.service_id, one.distance, one.kind is EdgeKind.HARD)
            for one in found.iterate()
            if one.service_id not in roots
        ]
        return [*(Neighbour(root) for root in roots), *beyond]

    def dependents_of(self, service_id: str) -> Sequence[str]:
        """The service itself and those that depend on it, the nearest first."""
        found = reach(self._read(), (service_id,), Way.DOWNSTREAM, service_id, BOUNDS)
        return [service_id, *found.ids]
