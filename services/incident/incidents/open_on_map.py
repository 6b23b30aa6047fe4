"""What the map shows of open incidents: the worst of each service's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.incident.incidents.incident import Incident
from shared.vocabulary import Severity


@dataclass(frozen=True, slots=True)
class OpenOne:
    """An open incident as the map shows it."""

    id: str
    service_id: str
    severity: Severity


def open_one_of(incident: Incident) -> OpenOne | None:
    """What the map shows of an incident; None of one that is over, of a drill, of an import (the map is of now), and of
    one without a service.
    """
    if not incident.status.is_open or incident.service_id is None or incident.drill_id is not None or incident.imported:
        return None
    return OpenOne(incident.id, incident.service_id, incident.severity)


def apply_changes(
    known: Mapping[str, OpenOne], looked_at: Iterable[str], found: Iterable[OpenOne]
) -> dict[str, OpenOne]:
    """What is shown after these were looked at and those of them were found to be open still, by id."""
    gone = set(looked_at)
    kept = {key: one for key, one in known.items() if key not in gone}
    return kept | {one.id: one for one in found}


def worst_of(shown: Iterable[OpenOne]) -> dict[str, Severity]:
    """The worst severity of each service that has any."""
    worst: dict[str, Severity] = {}
    for one in shown:
        known = worst.get(one.service_id)
        if known is None or one.severity.rank < known.rank:
            worst[one.service_id] = one.severity
    return worst
