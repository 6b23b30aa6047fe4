"""News of runbooks that hold pages up, by automation straight into a queue: what ends a hold has pages sent at once.

A run may be told of before its incident is known here, so it is kept first and looked up after: whoever comes later,
the run or the incident, finds what the other has written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from services.oncall.directory.store import DirectoryStore
from services.oncall.escalation.store.escalations import Decided, Escalations, Kept
from services.oncall.escalation.store.turns import Turned, Turns
from services.oncall.holds.run_news import apply_runs
from services.oncall.holds.store import RunbookRuns
from services.oncall.runbook_copies.store import RunbookCopies
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.clocks.clock import Now
from shared.events import Event, Undecodable
from shared.events.automation import HoldingRun
from shared.events.incidents import IncidentFact
from shared.outbox.races import settle_batch
from shared.triggers.matching import triggered_id


class RunHandler:
    """Ends holds, and notes what else becomes of the runbooks that they are for."""

    def __init__(
        self,
        runs: RunbookRuns,
        runbooks: RunbookCopies,
        escalations: Escalations,
        directory: DirectoryStore,
        turns: Turns,
        *,
        clock: Now,
    ) -> None:
        self._runs = runs
        self._runbooks = runbooks
        self._escalations = escalations
        self._directory = directory
        self._turns = turns
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[HoldingRun]]) -> None:
        """Keep what is told of runs, and decide on the incidents that wait for them."""
        runs = [message.payload for message in batch]
        await self._runs.keep(runs)
        await settle_batch({run.incident_id for run in runs}, self._settle)

    async def catch_up(self, batch: Sequence[Delivery[Event]]) -> None:
        """After news of incidents: those that wait for a runbook of which something was told before."""
        opened = {fact.id for _, fact in facts_of(batch, IncidentFact) if fact.status.is_open and not fact.drill_id}
        if opened and self._runbooks.hold_pages:
            await settle_batch(opened, self._settle)

    async def _settle(self, incidents: set[str]) -> set[str]:
        known = await self._escalations.get(sorted(incidents))
        held = {key: one for key, one in known.items() if one.escalation.is_held}
        if not held:
            return set()
        runs = await self._runs.get({key: _executions_of(one) for key, one in held.items()})
        decided = self._decide(held, runs)
        turns = await self._turns.take_for(decided)
        decided |= self._decide({key: held[key] for key in turns}, runs, turns)
        return await self._escalations.commit(decided)

    def _decide(
        self,
        held: Mapping[str, Kept],
        runs: Mapping[str, Sequence[HoldingRun]],
        turns: Turned = MappingProxyType({}),
    ) -> dict[str, Decided]:
        now, decided = self._clock.now(), {}
        for key, before in held.items():
            directory = replace(self._directory.now, turns=turns[key]) if key in turns else self._directory.now
            decision = apply_runs(before.escalation, runs[key], directory, now)
            if decision is not None:
                decided[key] = Decided(before, decision)
        return decided


def _executions_of(kept: Kept) -> list[str]:
    """The ids of the executions that the step waits for."""
    hold = kept.escalation.hold
    return [triggered_id(kept.escalation.incident.id, one.id) for one in hold.runbooks] if hold is not None else []


def read_run(body: bytes, _headers: dict[str, Any]) -> HoldingRun:
    """How the queue is decoded. Raises `Undecodable`, whose message holds nothing of the output."""
    try:
        return HoldingRun.model_validate_json(body)
    except ValidationError as error:
        raise Undecodable(f"news of a runbook can't be read: {error.error_count()} faults") from None
