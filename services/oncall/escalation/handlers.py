"""News from the bus: incidents start and stop escalations; results of pages fill the rows and lead on to the next
method; a key that is revoked ends the calendar links that it made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, repeat
from types import MappingProxyType

from services.oncall.directory.policy import Policy
from services.oncall.directory.snapshot import Directory
from services.oncall.directory.store import DirectoryStore
from services.oncall.escalation.escalation import Decision
from services.oncall.escalation.incident_news import apply_incident
from services.oncall.escalation.page_row import reported_row
from services.oncall.escalation.steps import method_failed
from services.oncall.escalation.store.escalations import Decided, Escalations, Kept
from services.oncall.escalation.store.never_paged import NeverPaged
from services.oncall.escalation.store.page_rows import Pages
from services.oncall.escalation.store.reachability import Reachability
from services.oncall.escalation.store.turns import Turned, Turns
from services.oncall.runbook_copies.store import RunbookCopies
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.clocks.clock import Now
from shared.copies.replica import newest_facts
from shared.events import Event
from shared.events.incidents import IncidentFact
from shared.events.oncall import PageResult, PageState
from shared.outbox.races import settle_batch

OPENED = "incident.opened.v1"


class IncidentHandler:
    """Folds the newest state of each incident into its escalation: all of a batch in one read and one write."""

    def __init__(
        self,
        escalations: Escalations,
        directory: DirectoryStore,
        turns: Turns,
        runbooks: RunbookCopies,
        clock: Now,
    ) -> None:
        self._escalations = escalations
        self._runbooks = runbooks
        self._directory = directory
        self._turns = turns
        self._clock = clock

    async def handle(
        self, batch: Sequence[Delivery[Event]], own_policies: Mapping[str, Policy] = MappingProxyType({})
    ) -> None:
        """Handle news of incidents; other events are not ours.

        `own_policies` are known to these incidents alone, by ids that no policy of the directory has.
        """
        newest = newest_facts(facts_of(batch, IncidentFact))
        # an incident that has just begun is hardly known yet: it is written before it is asked for, a page waits for it
        unasked = {key for key, (event, _) in newest.items() if event.type == OPENED}
        # what lost its race was written by somebody else
        reads = chain([self._escalations.recall], repeat(self._escalations.get))
        await self._directory.look_for(fact.escalation_policy_id for _, fact in newest.values())
        runbooks = await self._runbooks.read() if any(_may_begin(fact) for _, fact in newest.values()) else ()

        async def settle(news: Mapping[str, tuple[Event, IncidentFact]]) -> dict[str, tuple[Event, IncidentFact]]:
            known = await next(reads)([key for key in news if key not in unasked])
            directory = replace(self._directory.now, runbooks=runbooks)
            if own_policies:
                directory = replace(directory, policies={**directory.policies, **own_policies})
            decided = self._decide(news, known, directory)
            turns = await self._turns.take_for(decided)
            decided |= self._decide({key: news[key] for key in turns}, known, directory, turns)
            lost = await self._escalations.commit(decided)
            unasked.clear()
            return {key: news[key] for key in lost}

        await settle_batch(newest, settle)

    def _decide(
        self,
        news: Mapping[str, tuple[Event, IncidentFact]],
        known: Mapping[str, Kept],
        directory: Directory,
        turns: Turned = MappingProxyType({}),
    ) -> dict[str, Decided]:
        now, decided = self._clock.now(), {}
        for key, (event, fact) in news.items():
            before = known.get(key)
            plans = replace(directory, turns=turns[key]) if key in turns else directory
            decision = apply_incident(before.escalation if before else None, fact, event.sequence, plans, now)
            if decision is not None:
                decided[key] = Decided(before, _keep_trace(before, decision, event), event)
        return decided


class HistoryHandler:
    """Notes of imported incidents, none of which pages anybody, why that is."""

    def __init__(self, never_paged: NeverPaged, directory: DirectoryStore, clock: Now) -> None:
        self._never_paged = never_paged
        self._directory = directory
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Handle incidents as an import brings them in."""
        now = self._clock.now()
        decided = {
            fact.id: apply_incident(None, fact, event.sequence, self._directory.now, now)
            for event, fact in facts_of(batch, IncidentFact)
            if fact.imported
        }
        await self._never_paged.note({key: one.escalation for key, one in decided.items() if one is not None})


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
        results = facts_of(batch, PageResult)
        rows = [reported_row(result) for _, result in results]
        await self._pages.fold(rows)
        await self._reachability.fold(rows)
        failed = [(event, result) for event, result in results if result.state is PageState.FAILED]

        async def settle(incidents: set[str]) -> set[str]:
            known = await self._escalations.get(sorted(incidents))
            decided = self._decide(failed, known)
            turns = await self._turns.take_for(decided)
            decided |= self._decide(failed, {key: known[key] for key in turns}, turns)
            return await self._escalations.commit(decided)

        await settle_batch({result.incident_id for _, result in failed}, settle)

    def _decide(
        self,
        failed: Iterable[tuple[Event, PageResult]],
        known: Mapping[str, Kept],
        turns: Turned = MappingProxyType({}),
    ) -> dict[str, Decided]:
        now = self._clock.now()
        decided: dict[str, Decided] = {}
        for event, result in failed:
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


def _may_begin(fact: IncidentFact) -> bool:
    """True of news by which people may be paged anew."""
    return fact.status.is_open and fact.paging.generation > fact.paging.answered and fact.drill_id is None


def _keep_trace(before: Kept | None, decision: Decision, event: Event) -> Decision:
    """The decision with the event's trace when it begins a generation; later ones keep the trace of the first."""
    if before is not None and before.escalation.generation == decision.escalation.generation:
        return decision
    return decision.with_trace(event.correlationid or event.id, event.traceparent)
