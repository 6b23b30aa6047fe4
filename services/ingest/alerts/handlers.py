"""What is heard of incidents: a person who resolves one ends its alerts; one who reopens it lets them fire again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from services.ingest.alerts.fold import Head
from services.ingest.alerts.incident_end import own_alerts, reopens, resolves
from services.ingest.alerts.store.heads import Heads
from services.ingest.alerts.writer import CHUNK, AlertWriter
from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.grouping.group import LIFETIME
from services.ingest.grouping.store import Groups
from services.ingest.incident_copies.ending import (
    Ending,
    IncidentState,
    endings,
    find_reopened_parts,
    incident_state,
    may_end_alerts,
)
from services.ingest.incident_copies.store import Incidents
from shared.events import Event
from shared.events.incidents import IncidentFact

OLDEST_MEMBER = LIFETIME * 2
"""An alert may have waited in the queue before its incident was made."""


class IncidentHandler:
    """Takes in facts of incidents."""

    def __init__(
        self, heads: Heads, groups: Groups, incidents: Incidents, writer: AlertWriter, directory: CatalogueCache
    ) -> None:
        self._heads = heads
        self._groups = groups
        self._incidents = incidents
        self._writer = writer
        self._directory = directory

    async def handle(self, facts: Sequence[tuple[Event, IncidentFact]]) -> None:
        """Take these facts in, each with the event that told it; repeats and wrong order are harmless."""
        for event, fact in facts:
            await self._take_again(fact, event)  # before it is known: a process that dies in between does it again
        await self._incidents.learn([event for event, _ in facts])
        for event, fact in facts:
            await self._end_alerts(fact, event)

    async def _end_alerts(self, fact: IncidentFact, event: Event) -> None:
        """A person resolved the incident, or it went into one that was: its alerts that still fire are over too."""
        state = incident_state(fact, event.time)
        if not may_end_alerts(state):
            return
        await self._directory.refresh()  # a service that was edited a moment ago counts as it is now
        for ending in endings(state, await self._incidents.family(state)):
            async for heads in self._heads_of(ending, also_over=False):
                await self._writer.fold(resolves(heads, ending, event, self._directory.directory))

    async def _take_again(self, fact: IncidentFact, event: Event) -> None:
        """A person reopened the incident: from then on its alerts fire again when their senders say so."""
        state = incident_state(fact, event.time)
        if not state.is_open_again:
            return
        known = await self._incidents.reopenings([state.id])
        if known.get(state.id) == state.reopened_at:
            return
        for part in find_reopened_parts(state, await self._incidents.family(state)):
            async for heads in self._heads_of(part, also_over=True):
                await self._writer.fold(reopens(heads, part, event))

    async def _heads_of(self, ending: Ending, *, also_over: bool) -> AsyncIterator[list[Head]]:
        """The heads whose alerts are this incident's own, of its group and effects that joined it; some at a time."""
        part = ending.part
        ids = await self._heads.effects_of(part.id, also_over=also_over)
        siblings: list[IncidentState] = []
        if part.group_id:
            service = await self._groups.service_of(part.group_id) or part.service
            since = part.created_at - OLDEST_MEMBER
            ids += await self._heads.in_group(part.group_id, service, since, also_over=also_over)
            siblings = await self._incidents.open_of_group(part.group_id)
        for start in range(0, len(ids), CHUNK):
            heads = await self._heads.by_ids(ids[start : start + CHUNK])
            yield own_alerts(heads.values(), ending, siblings)
