"""Looks for what was forgotten, among the open incidents that are oldest."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.incident.action_items.store import Actions
from services.incident.incidents.incident import Incident
from services.incident.incidents.store.incidents import Incidents
from services.incident.stale.stale_items import (
    is_silent,
    last_touched,
    may_be_untouched,
    moved_at,
    overdue_item,
    silent_item,
    untouched_item,
)
from services.incident.timeline.store import Timeline
from shared.clocks.clock import Now
from shared.events.control import StaleItem

MOST_OPEN = 1000
MOST_TIMELINES = 200
"""As many incidents are looked at for what people wrote."""
MOST_ACTIONS = 200


class StaleFinder:
    """Asks the stores, and writes nothing."""

    def __init__(
        self, incidents: Incidents, timeline: Timeline, actions: Actions, clock: Now, *, untouched_hours: int
    ) -> None:
        self._incidents = incidents
        self._timeline = timeline
        self._actions = actions
        self._clock = clock
        self._patience = timedelta(hours=untouched_hours)

    async def find(self) -> list[StaleItem]:
        """All of it."""
        now = self._clock.now()
        opened = await self._incidents.find_oldest_open(MOST_OPEN)
        overdue = await self._actions.overdue({}, (), now.date(), None, MOST_ACTIONS, drill=False)
        return [
            *(silent_item(one) for one in opened if is_silent(one)),
            *await self._untouched(opened, now),
            *(overdue_item(one) for one in overdue if not one.imported),
        ]

    async def _untouched(self, opened: list[Incident], now: datetime) -> list[StaleItem]:
        candidates = [one for one in opened if may_be_untouched(one, now, self._patience)][:MOST_TIMELINES]
        if not candidates:
            return []
        # what was written before the one that moved first says of none of them when it was last touched
        since = min(moved_at(one) for one in candidates)
        written = await self._timeline.last_written([one.id for one in candidates], since)
        touched = [(one, last_touched(one, written)) for one in candidates]
        return [untouched_item(one, since) for one, since in touched if now - since >= self._patience]
