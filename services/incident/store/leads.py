"""What must be read before suspects can be named: an incident's changes, and how its services' deploys usually go."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from services.incident.changes import FOLLOWED_WITHIN
from services.incident.incident import Incident
from services.incident.store.changes import Changes
from services.incident.surroundings import Surroundings
from services.incident.suspects import MOST, BaseRate, Lineup, line_up, rates_wanted

NEAREST = 200
"""The services that an incident's changes are looked for on: of a larger map the nearest."""
MOST_RATES = 10
"""The services whose base rates are shown: those of the likeliest suspects."""


class Leads:
    """Reads changes for one decision about one incident."""

    def __init__(self, changes: Changes, surroundings: Surroundings) -> None:
        self._changes = changes
        self._surroundings = surroundings

    async def lineup(self, incident: Incident, now: datetime) -> Lineup:
        """The incident's suspects."""
        near = list(self._surroundings.needs(incident))[:NEAREST]
        start = incident.started_at
        window = timedelta(seconds=incident.change_window_seconds)
        services = [one.service_id for one in near]
        marked = [mark.change_id for mark in incident.suspect_marks]
        end = incident.resolved_at or now
        before, later, named = await asyncio.gather(
            self._changes.between(services, start - window, start, MOST, newest=True),
            self._changes.between(services, start, end, MOST, newest=False),
            self._changes.by_ids(marked),
        )
        return line_up([*before, *later, *named], start, window, near, incident.suspect_marks)

    async def rates(self, lineup: Lineup) -> Mapping[str, BaseRate]:
        """The base rates of the suspects' services."""
        services = list(rates_wanted(lineup))[:MOST_RATES]
        found = await asyncio.gather(*(self._changes.rate(service) for service in services))
        return dict(zip(services, found, strict=True))

    async def note_followed(self, incident: Incident) -> None:
        """Its service's deploys shortly before it were followed by an incident. Drills and imports are none."""
        if incident.service_id is None or incident.drill_id is not None or incident.imported:
            return
        start = incident.started_at
        found = await self._changes.between([incident.service_id], start - FOLLOWED_WITHIN, start, MOST, newest=True)
        await self._changes.note_followed([change.id for change in found if change.is_deploy])
