"""Tells the past incident that a new one is like, when there is one: once, by whichever process meets it first.

Nobody waits for it. While the index is being built the incident is remembered, and looked at later.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from services.analytics.search.index import NO_TEAM
from services.analytics.search.kinds.incident import read as entry_of
from services.analytics.similar.hint import Hint, found_event, similar_fact, wants_hint
from services.analytics.similar.nearest import Nearest, best_hint
from services.analytics.similar.store import Hints
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.clocks.clock import Now
from shared.copies.replica import Replica
from shared.events import Event
from shared.events.incidents import IncidentFact
from shared.process.outliving import log_and_continue

AT_ONCE = 20
"""Incidents that are looked at as they come; of a storm the rest is looked at later, a few at a time."""
LATER = timedelta(seconds=5)
LOOK_SECONDS = 15.0


class SimilarTeller:
    """Hears of incidents that open, and looks at those that were put off."""

    def __init__(self, nearest: Nearest, hints: Hints, incidents: Replica, clock: Now) -> None:
        self._nearest = nearest
        self._hints = hints
        self._incidents = incidents
        self._clock = clock
        self._work = hints.due_work(self._look, look_seconds=LOOK_SECONDS)

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Look at what opens in this batch; whatever fails here keeps nobody from the rest of it."""
        opened = [(event, fact) for event, fact in facts_of(batch, IncidentFact) if wants_hint(event, fact)]
        if not opened:
            return
        with log_and_continue("incidents are given no hint"):
            ready = opened[:AT_ONCE] if self._nearest.is_complete else []
            written = [hint for event, fact in ready if (hint := await self._hint_for(fact, event)) is not None]
            due = self._clock.now() + LATER
            written += [(Hint(incident_id=fact.id, due_at=due), None) for _, fact in opened[len(ready) :]]
            if written:
                await self._hints.commit(written)

    async def run(self) -> None:
        """Look at those that were put off, for ever."""
        await self._work.run()

    async def _look(self) -> bool:
        now = self._clock.now()
        due = await self._hints.due(now, AT_ONCE)
        if not due:
            return False
        if not self._nearest.is_complete:
            await self._hints.commit([(hint.changed(due_at=now + LATER), None) for hint in due])
            return False
        known = await self._incidents.get([hint.incident_id for hint in due])
        written: list[tuple[Hint, Event | None]] = []
        for hint in due:
            data = known.get(hint.incident_id)
            fact = IncidentFact.model_validate(data) if data is not None else None
            told = await self._hint_for(fact, None, hint) if fact is not None and fact.status.is_open else None
            written.append(told or (hint.changed(due_at=None), None))
        await self._hints.commit(written)
        return len(due) == AT_ONCE

    async def _hint_for(
        self, fact: IncidentFact, event: Event | None, before: Hint | None = None
    ) -> tuple[Hint, Event | None] | None:
        """The hint for an incident with the event that tells it; None when it is like none."""
        entry = entry_of(fact)
        if entry is None:
            return None
        found = best_hint(entry, await self._nearest.of(entry, [entry.team or NO_TEAM]))
        if found is None:
            return None
        hint = before or Hint(incident_id=fact.id)
        told = similar_fact(fact.id, found.entry, found.likeness, self._clock.now())
        return hint.changed(due_at=None, found=told), found_event(told, hint.version + 1, event)
