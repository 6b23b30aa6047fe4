"""Events in: what on-call tells of escalations, and comms of pages and of the answers to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.incident.incidents.absorbed import survivor_of
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.incidents.store.incidents import Incidents, Stored
from services.incident.response.escalation_news import escalation_entry, follow_escalation, page_entry
from services.incident.response.page_answers import follow_answers
from services.incident.timeline.store import Timeline
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.clocks.clock import Now
from shared.events import Event
from shared.events.communication import AnswerFact
from shared.events.oncall import EscalationFact, PageResult
from shared.outbox.races import decide_and_commit

News = Mapping[str, Sequence[tuple[Event, EscalationFact]]]
"""What is told of escalations, by incident."""


class EscalationHandler:
    """Hears `escalation.changed.v1`, `page.delivered.v1` and `page.failed.v1`."""

    def __init__(self, incidents: Incidents, timeline: Timeline, clock: Now) -> None:
        self._incidents = incidents
        self._timeline = timeline
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """One batch: the timeline first, its entries are the same however often they are written."""
        told = facts_of(batch, EscalationFact)
        entries = [(escalation_entry(event, fact), event.sequence) for event, fact in told]
        entries += [(page_entry(result), event.sequence) for event, result in facts_of(batch, PageResult)]
        await self._timeline.write([(entry, sequence) for entry, sequence in entries if entry is not None])
        news: dict[str, list[tuple[Event, EscalationFact]]] = {}
        for event, fact in told:
            news.setdefault(fact.incident_id, []).append((event, fact))
        if news:
            await decide_and_commit(
                lambda: self._recall(news), lambda known: self._follow(news, known), self._incidents.commit
            )

    async def _recall(self, news: News) -> Mapping[str, Incident]:
        return self._incidents.recall(news)

    async def _follow(self, news: News, known: Mapping[str, Incident]) -> list[Edit]:
        now = self._clock.now()
        edits = [follow_escalation(incident, news[key], now) for key, incident in known.items()]
        edits = [edit for edit in edits if not edit.is_empty]
        # what changes nothing is decided on what is stored: what this process remembers may be out of date
        unread = news.keys() - {edit.after.id for edit in edits}
        if unread:
            found = await self._incidents.existing(unread)
            edits += [follow_escalation(stored.incident, news[key], now) for key, stored in found.items()]
        return edits


class AnswerHandler:
    """Hears `answer.given.v1`."""

    def __init__(self, incidents: Incidents, clock: Now) -> None:
        self._incidents = incidents
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """One batch: all answers that concern one incident are one write."""
        answers = facts_of(batch, AnswerFact)
        ids = [fact.incident_id for _, fact in answers]

        async def read() -> Mapping[str, Stored]:
            await self._incidents.existing(ids)
            return await self._incidents.with_survivors(ids)

        if answers:
            await decide_and_commit(read, lambda found: self._answer(answers, found), self._incidents.commit)

    def _answer(self, answers: Sequence[tuple[Event, AnswerFact]], found: Mapping[str, Stored]) -> list[Edit]:
        known = {key: stored.incident for key, stored in found.items()}
        concerning: dict[str, list[tuple[Event, AnswerFact]]] = {}
        for event, fact in answers:
            concerning.setdefault(survivor_of(fact.incident_id, known), []).append((event, fact))
        now = self._clock.now()
        return [
            follow_answers(known[key], given, now, {other: one for other, one in known.items() if other != key})
            for key, given in concerning.items()
        ]
