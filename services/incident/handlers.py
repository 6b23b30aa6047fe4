"""Events in: alerts of the two lanes, and what on-call and comms tell of escalations, pages, answers and talk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from prometheus_client import Counter

from services.incident.affected_services.opening import with_blast_radius
from services.incident.alerts.correlation import Known, correlate
from services.incident.alerts.folding import Arrival
from services.incident.alerts.store import Gathering
from services.incident.incidents.absorbed import survivor_of
from services.incident.incidents.edit import Edit
from services.incident.incidents.store.incidents import Incidents, Stored
from services.incident.response.escalation_news import escalation_entry, follow_escalation, page_entry
from services.incident.response.page_answers import follow_answers
from services.incident.service_map.map_cache import MapKeeper
from services.incident.timeline.communications import communication_entry
from services.incident.timeline.store import Timeline
from shared.aggregates import settle_races
from shared.bus.consumer import Delivery
from shared.canary import is_canary
from shared.clock import Now
from shared.events import Event
from shared.events.alerts import AlertFact
from shared.events.answers import AnswerFact
from shared.events.communication import CommunicationFact
from shared.events.oncall import EscalationFact, PageResult
from shared.failures import Never

DECIDED = Counter("tocsin_incident_alert_events_total", "Alert events by what became of them", ["reason"])
EFFECTS = Counter("tocsin_incident_effects_total", "What alerts did to incidents besides", ["effect"])

Hearing = Callable[[Sequence[Delivery[Event]]], Awaitable[None]]


def in_turn(*hearings: Hearing) -> Hearing:
    """Each of these hears every batch, one after the other; each takes the events that are for it."""

    async def handle(batch: Sequence[Delivery[Event]]) -> None:
        for hear in hearings:
            await hear(batch)

    return handle


def apart(canary: Hearing, usual: Hearing) -> Hearing:
    """News of canaries to the first, all else to the second."""

    async def handle(batch: Sequence[Delivery[Event]]) -> None:
        canaries = [delivery for delivery in batch if is_canary(delivery)]
        if canaries:
            await canary(canaries)
        if others := [delivery for delivery in batch if not is_canary(delivery)]:
            await usual(others)

    return handle


class AlertHandler:
    """Folds alert events into incidents; both lanes may run at once, and so may replicas."""

    def __init__(self, gathering: Gathering, incidents: Incidents, keeper: MapKeeper, clock: Now) -> None:
        self._gathering = gathering
        self._incidents = incidents
        self._keeper = keeper
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """One batch: what loses its race is gathered and decided again."""
        arrivals = [
            Arrival(delivery.payload, delivery.payload.data)
            for delivery in batch
            if isinstance(delivery.payload.data, AlertFact)
        ]

        async def attempt() -> set[str]:
            nonlocal arrivals
            arrivals, lost = await self._decide(arrivals)
            return lost

        await settle_races(attempt)

    async def _decide(self, arrivals: list[Arrival]) -> tuple[list[Arrival], set[str]]:
        now = self._clock.now()
        known: Known = await self._gathering.known(arrivals)
        directory, new_ids = await self._gathering.for_new(arrivals, known, now)
        outcome = correlate(arrivals, known, lambda fact: directory.place(fact)[0], new_ids, now)
        lost = await self._incidents.commit(with_blast_radius(edit, self._keeper.map) for edit in outcome.edits)
        for reason in outcome.reasons:
            DECIDED.labels(reason.value).inc()
        for effect in outcome.effects:
            EFFECTS.labels(effect.value).inc()
        return [arrival for key in lost for arrival in outcome.arrivals_of[key]], lost


class NewsHandler:
    """Folds what on-call and comms tell into incidents and their timelines."""

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
        answers = [(event, event.data) for event in events if isinstance(event.data, AnswerFact)]
        if answers:
            await settle_races(lambda: self._answer(answers))
        await self._note([(event, event.data) for event in events if isinstance(event.data, CommunicationFact)])

    async def _note(self, said: Sequence[tuple[Event, CommunicationFact]]) -> None:
        if said:
            await self._existing(fact.incident_id for _, fact in said)
            await self._timeline.write([(communication_entry(fact), event.sequence) for event, fact in said])

    async def _follow(self, told: Sequence[tuple[Event, EscalationFact]]) -> set[str]:
        found = await self._existing(fact.incident_id for _, fact in told)
        now = self._clock.now()
        edits: list[Edit] = [
            follow_escalation(stored.incident, [pair for pair in told if pair[1].incident_id == key], now)
            for key, stored in found.items()
        ]
        return await self._incidents.commit(edits)

    async def _answer(self, answers: Sequence[tuple[Event, AnswerFact]]) -> set[str]:
        await self._existing(fact.incident_id for _, fact in answers)
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

    async def _existing(self, ids: Iterable[str]) -> dict[str, Stored]:
        wanted = set(ids)
        found = await self._incidents.by_ids(wanted)
        if unknown := wanted - found.keys():
            raise Never(f"there is no incident {', '.join(sorted(unknown))}"[:200])
        return found
