"""An alert on a service that fails because of another one: it joins the other's incident as an effect.

The other service must be one that the alert's own needs over hard edges alone, however many up to a bound; its
incident open, of the same drill or of none, and graver than the alert. Of several the nearest counts, then the
gravest, the oldest, the first by id. What is known at that moment counts: an incident that is heard of later undoes
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.vocabulary import Severity

MOST_STEPS = 10
MOST_SERVICES = 200
"""So far upstream an incident is looked for: the nearest count."""

Needs = Mapping[str, Sequence[str]]
"""By service, what it needs over hard edges, in the order of ids."""
Paths = Mapping[str, tuple[str, ...]]
"""By service, the way to it."""


@dataclass(frozen=True, slots=True)
class InhibitedBy:
    """The incident that an alert joins, the service that has it, and the hard edges that lead there."""

    incident_id: str
    service_id: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """An open incident that may have effects."""

    incident_id: str
    service_id: str
    severity: Severity
    drill_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Causes:
    """What some alerts may be effects of: the ways from their services upstream, and the incidents there."""

    paths: Mapping[str, Paths] = field(default_factory=dict)
    """By the alert's service."""
    incidents: Sequence[Cause] = ()

    def of(self, service_id: str | None, severity: Severity, drill_id: str | None) -> InhibitedBy | None:
        """What an alert like this is an effect of; None: it stands for itself."""
        paths = self.paths.get(service_id, {}) if service_id is not None else {}
        graver = [
            one
            for one in self.incidents
            if one.service_id in paths and one.drill_id == drill_id and one.severity.rank < severity.rank
        ]
        if not graver:
            return None
        cause = min(graver, key=lambda one: _order(one, len(paths[one.service_id])))
        return InhibitedBy(cause.incident_id, cause.service_id, paths[cause.service_id])


def upstream(service_id: str, needs: Needs) -> Paths:
    """A shortest way over hard edges to each service that this one needs; circles end, and it is not in it itself."""
    paths: dict[str, tuple[str, ...]] = {service_id: (service_id,)}
    near: Iterable[str] = (service_id,)
    for _ in range(MOST_STEPS):
        beyond: list[str] = []
        for one in near:
            for other in needs.get(one, ()):
                if other not in paths and len(paths) <= MOST_SERVICES:
                    paths[other] = (*paths[one], other)
                    beyond.append(other)
        near = beyond
    del paths[service_id]
    return paths


def _order(cause: Cause, distance: int) -> tuple[int, int, datetime, str]:
    return distance, cause.severity.rank, cause.created_at, cause.incident_id
