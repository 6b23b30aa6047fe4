"""Looks at the error budgets of all services with a target, again and again: one replica at a time.

What is told is guarded by the version of the service's document, so nobody is told twice while the lease changes hands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.analytics.burn_alerts.decision import KeptBudget, decide_budget, end_budget
from services.analytics.burn_alerts.store import Budgets
from services.analytics.reliability.budget import DAY_MILLIS
from services.analytics.reliability.downtime import Failure, Impact
from services.analytics.reliability.known_service import KnownService
from services.analytics.reliability.reader import ReliabilityReader
from shared.clocks.clock import Now
from shared.clocks.epoch import to_millis
from shared.events.analytics.budgets import BudgetFact
from shared.leader_lease import LeaderLease
from shared.process.off_loop import OffLoop
from shared.timers import sweep_forever

LOOK_SECONDS = 15.0


class BurnWatcher:
    """One per process; the one that holds the lease looks."""

    def __init__(self, reader: ReliabilityReader, budgets: Budgets, lease: LeaderLease, clock: Now) -> None:
        self._reader = reader
        self._budgets = budgets
        self._lease = lease
        self._clock = clock
        self._turns = OffLoop()

    async def run(self) -> None:
        """Look for ever."""

        async def sweep() -> bool:
            # a table that is being read knows too little downtime: what burns would seem to have ended
            if self._reader.is_complete and await self._lease.is_mine():
                await self.sweep()
            return False

        await sweep_forever("burn alerts", sweep, poll_seconds=LOOK_SECONDS)

    async def sweep(self) -> None:
        """Look once, and tell what turned."""
        now = self._clock.now()
        services = {one.id: one for one in await self._reader.services() if one.target is not None}
        kept = await self._budgets.all()
        longest = max((one.window_days for one in services.values()), default=0)
        failures, impacts = await self._reader.history(to_millis(now) - longest * DAY_MILLIS, to_millis(now))
        told = await self._turns.run(_turned, services, kept, failures, impacts, now)
        if told:
            await self._budgets.commit(told)


def _turned(
    services: Mapping[str, KnownService],
    kept: Mapping[str, KeptBudget],
    failures: Mapping[str, Sequence[Failure]],
    impacts: Mapping[str, Sequence[Impact]],
    now: datetime,
) -> list[tuple[KeptBudget, BudgetFact]]:
    found = []
    for key, service in services.items():
        before = kept.get(key) or KeptBudget(service_id=key)
        fact = decide_budget(before, service, failures.get(key, ()), impacts.get(key, ()), now)
        if fact is not None:
            found.append((before, fact))
    for key, before in kept.items():
        if key not in services and (ended := end_budget(before, now)) is not None:
            found.append((before, ended))
    return found
