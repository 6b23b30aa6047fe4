"""Events in: what on-call tells of escalations, and comms of pages and of the answers to them."""

from __future__ import annotations

from collections.abc import Sequence

from services.incident.incidents.absorbed import survivor_of
from services.incident.incidents.store.incidents import Incidents
from services.incident.response.escalation_news import escalation_entry, follow_escalation, page_entry
from services.incident.response.page_answers import follow_answers
from services.incident.timeline.store import Timeline
from shared.bus.consumer import Delivery
from shared.clocks.clock import Now
from shared.events import Event
from shared.events.answers import AnswerFact
from shared.events.oncall import EscalationFact, PageResult
from shared.outbox.aggregates import settle_races


class EscalationHandler:
    """Hears `escalation.changed.v1`, `page.delivered.v1` and `page.failed.v1`."""

    def __init__(self, incidents: Incidents, timeline: Timeline, clock: Now) -> None:
        self._incidents = incidents
        self._timeline = timeline
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """One batch: the timeline first, its entries are the same however often they are written."""
        events = [delivery.payload for delivery in batch]
        told = [(event, event.data) for event in events if isinstance(event.data, EscalationFact)]
        entries = [(escalation_entry(event, fact), event.sequence) for event, fact in told]
        entries += [(page_entry(event.data), event.sequence) for event in events if isinstance(event.data, PageResult)]
        await self._timeline.write([(entry, sequence) for entry, sequence in entries if entry is not None])
        if told:
            await settle_races(lambda: self._follow(told))

    async def _follow(self, told: Sequence[tuple[Event, EscalationFact]]) -> set[str]:
        news: dict[str, list[tuple[Event, EscalationFact]]] = {}
        for event, fact in told:
            news.setdefault(fact.incident_id, []).append((event, fact))
        now = self._clock.now()
        known = self._incidents.recall(news)
        edits = [follow_escalation(incident, news[key], now) for key, incident in known.items()]
        edits = [edit for edit in edits if not edit.is_empty]
        # what changes nothing is decided on what is stored: what this process remembers may be out of date
        unread = news.keys() - {edit.after.id for edit in edits}
        if unread:
            found = await self._incidents.existing(unread)
            edits += [follow_escalation(stored.incident, news[key], now) for key, stored in found.items()]
        return await self._incidents.commit(edits)


class AnswerHandler:
    """Hears `answer.given.v1`."""

    def __init__(self, incidents: Incidents, clock: Now) -> None:
        self._incidents = incidents
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """One batch: all answers that concern one incident are one write."""
        events = [delivery.payload for delivery in batch]
        answers = [(event, event.data) for event in events if isinstance(event.data, AnswerFact)]
        if answers:
            await settle_races(lambda: self._answer(answers))

    async def _answer(self, answers: Sequence[tuple[Event, AnswerFact]]) -> set[str]:
        await self._incidents.existing(fact.incident_id for _, fact in answers)
        found = await self._incidents.with_survivors(fact.incident_id for _, fact in answers)
        known = {key: stored.incident for key, stored in found.items()}
        concerning: dict[str, list[tuple[Event, AnswerFact]]] = {}
        for event, fact in answers:
            concerning.setdefault(survivor_of(fact.incident_id, known), []).append((event, fact))
        now = self._clock.now()
        return await self._incidents.commit(
            follow_answers(known[key], given, now, {other: one for other, one in known.items() if other != key})
            for key, given in concerning.items()
        )
