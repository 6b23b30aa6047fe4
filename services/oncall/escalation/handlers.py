"""News from the bus: incidents start and stop escalations; results of pages fill the rows and lead on to the next
method; a key that is revoked ends the calendar links that it made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from services.oncall.directory.store import DirectoryStore
from services.oncall.escalation.escalation import Decision
from services.oncall.escalation.incident_news import follow
from services.oncall.escalation.page_row import reported
from services.oncall.escalation.steps import method_failed
from services.oncall.escalation.store.escalations import Decided, Escalations, Kept
from services.oncall.escalation.store.page_rows import Pages
from services.oncall.escalation.store.reachability import Reachability
from services.oncall.escalation.store.turns import Turned, Turns
from shared.bus.consumer import Delivery
from shared.clocks.clock import Now
from shared.copies.replica import newest_of
from shared.events import Event
from shared.events.incidents import IncidentFact
from shared.events.oncall import PageResult, PageState
from shared.outbox.aggregates import settle_races

OPENED = "incident.opened.v1"


class IncidentHandler:
    """Folds the newest state of each incident into its escalation: all of a batch in one read and one write."""

    def __init__(self, escalations: Escalations, directory: DirectoryStore, turns: Turns, clock: Now) -> None:
        self._escalations = escalations
        self._directory = directory
        self._turns = turns
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Handle news of incidents; other events are not ours."""
        left = newest_of(delivery.payload for delivery in batch if isinstance(delivery.payload.data, IncidentFact))
        # an incident that has just begun is hardly known yet: it is written before it is asked for, a page waits for it
        unasked = {key for key, event in left.items() if event.type == OPENED}
        read = self._escalations.recall
        await self._directory.look_for(_fact(event).escalation_policy_id for event in left.values())

        async def attempt() -> set[str]:
            nonlocal left, read
            known = await read([key for key in left if key not in unasked])
            decided = self._decide(left, known)
            turns = await self._turns.take_for(decided)
            decided |= self._decide({key: left[key] for key in turns}, known, turns)
            lost = await self._escalations.commit(decided)
            left = {key: left[key] for key in lost}
            unasked.clear()
            read = self._escalations.get  # somebody else wrote them
            return lost

        await settle_races(attempt)

    def _decide(
        self, news: Mapping[str, Event], known: Mapping[str, Kept], turns: Turned = MappingProxyType({})
    ) -> dict[str, Decided]:
        now, decided = self._clock.now(), {}
        for key, event in news.items():
            before = known.get(key)
            directory = replace(self._directory.now, turns=turns[key]) if key in turns else self._directory.now
            decision = follow(before.escalation if before else None, _fact(event), event.sequence, directory, now)
            if decision is not None:
                decided[key] = Decided(before, _traced(before, decision, event), event)
        return decided


class PageHandler:
    """Keeps a row for the result of every page, and how each method fares; leads a failed one on to the next method."""

    def __init__(
        self,
        escalations: Escalations,
        pages: Pages,
        reachability: Reachability,
        directory: DirectoryStore,
        clock: Now,
        *,
        turns: Turns,
    ) -> None:
        self._turns = turns
        self._escalations = escalations
        self._pages = pages
        self._reachability = reachability
        self._directory = directory
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Handle results of pages. The requests among them are our own and stand in the escalations."""
        results = [delivery.payload for delivery in batch if isinstance(delivery.payload.data, PageResult)]
        rows = [reported(_result(event)) for event in results]
        await self._pages.fold(rows)
        await self._reachability.fold(rows)
        failed = [event for event in results if _result(event).state is PageState.FAILED]
        left = {_result(event).incident_id for event in failed}

        async def attempt() -> set[str]:
            nonlocal left
            known = await self._escalations.get(sorted(left))
            decided = self._decide(failed, known)
            turns = await self._turns.take_for(decided)
            decided |= self._decide(failed, {key: known[key] for key in turns}, turns)
            left = await self._escalations.commit(decided)
            return left

        await settle_races(attempt)

    def _decide(
        self, failed: Iterable[Event], known: Mapping[str, Kept], turns: Turned = MappingProxyType({})
    ) -> dict[str, Decided]:
        now = self._clock.now()
        decided: dict[str, Decided] = {}
        for event in failed:
            result = _result(event)
            before = known.get(result.incident_id)
            if before is None:
                continue
            sofar = decided.get(result.incident_id)
            key, directory = result.incident_id, self._directory.now
            directory = replace(directory, turns=turns[key]) if key in turns else directory
            decision = method_failed(sofar.decision.escalation if sofar else before.escalation, result, directory, now)
            if decision is not None:
                decided[key] = Decided(before, sofar.decision.then(decision) if sofar else decision, event)
        return decided


def _traced(before: Kept | None, decision: Decision, event: Event) -> Decision:
    """What began a generation is what its pages belong to, also the later ones."""
    if before is not None and before.escalation.generation == decision.escalation.generation:
        return decision
    return decision.traced(event.correlationid or event.id, event.traceparent)


def _fact(event: Event) -> IncidentFact:
    if not isinstance(event.data, IncidentFact):
        raise TypeError(f"{event.type} does not carry an incident")
    return event.data


def _result(event: Event) -> PageResult:
    if not isinstance(event.data, PageResult):
        raise TypeError(f"{event.type} does not carry a result")
    return event.data
