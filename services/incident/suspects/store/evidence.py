"""What must be read before suspects can be named: an incident's changes, and how its services' deploys usually go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from services.incident.incidents.incident import Incident
from services.incident.suspects.change import FOLLOWED_WITHIN
from services.incident.suspects.neighbourhood import Neighbour, Neighbourhood
from services.incident.suspects.ranking import MOST, BaseRate, Lineup, line_up, services_to_rate
from services.incident.suspects.store.changes import Changes

NEAREST = 200
"""The services that an incident's changes are looked for on: of a larger map the nearest."""
MOST_RATES = 10
"""The services whose base rates are shown: those of the likeliest suspects."""


class SuspectEvidence:
    """Reads changes for one decision about one incident."""

    def __init__(self, changes: Changes, neighbourhood: Neighbourhood) -> None:
        self.changes = changes
        self.neighbourhood = neighbourhood

    async def find_with_changes(self, incidents: Iterable[Incident]) -> list[Incident]:
        """The incidents that a change shortly before, on their services or near them, may have caused.

        A question for all of them at once: in a storm of incidents most have nothing of the kind, and are asked nothing
        more. It may return one that has no suspects, but never leaves out one that has some.
        """
        asked = list(incidents)
        if not asked:
            return []
        near = {one.id: {one.service_id, *(place.service_id for place in self._near(one))} for one in asked}
        begin = min(one.started_at - look_back_of(one) for one in asked)
        end = max(one.started_at for one in asked)
        services = {service for those in near.values() for service in those if service is not None}
        changed = await self.changes.find_changed(services, begin, end)
        return [one for one in asked if near[one.id] & changed]

    async def read_lineup(self, incident: Incident, now: datetime) -> Lineup:
        """The incident's suspects."""
        near = self._near(incident)
        start = incident.started_at
        window = _window(incident)
        services = [one.service_id for one in near]
        marked = [mark.change_id for mark in incident.suspect_marks]
        end = incident.resolved_at or now
        before, later, named = await asyncio.gather(
            self.changes.between(services, start - window, start, MOST, newest=True),
            self.changes.between(services, start, end, MOST, newest=False),
            self.changes.by_ids(marked),
        )
        return line_up([*before, *later, *named], start, window, near, incident.suspect_marks)

    async def rates(self, lineup: Lineup) -> Mapping[str, BaseRate]:
        """The base rates of the suspects' services."""
        services = list(services_to_rate(lineup))[:MOST_RATES]
        found = await asyncio.gather(*(self.changes.rate(service) for service in services))
        return dict(zip(services, found, strict=True))

    async def note_followed(self, incident: Incident) -> None:
        """Its service's deploys shortly before it were followed by an incident. Drills and imports are none."""
        if incident.service_id is None or incident.drill_id is not None or incident.imported:
            return
        start = incident.started_at
        found = await self.changes.between([incident.service_id], start - FOLLOWED_WITHIN, start, MOST, newest=True)
        await self.changes.note_followed([change.id for change in found if change.is_deploy])

    def _near(self, incident: Incident) -> Sequence[Neighbour]:
        return list(self.neighbourhood.needs(incident))[:NEAREST]


def look_back_of(incident: Incident) -> timedelta:
    """How long before the incident's start a change concerns it: as a suspect, or as a deploy that one followed."""
    return max(_window(incident), FOLLOWED_WITHIN)


def _window(incident: Incident) -> timedelta:
    return timedelta(seconds=incident.change_window_seconds)
