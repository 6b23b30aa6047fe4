"""The worker that looks for gaps and for people whom nothing reaches, and tells each team once a day.

A team is first looked at a day after it was first seen, so that nobody is told of a schedule that is still being made.
One replica does it at a time; what is told is guarded by versions, so nobody is told twice.
"""

from __future__ import annotations

import asyncio

from services.oncall.audit.findings import AGAIN, audit, make_audit_fact
from services.oncall.audit.store import Audits
from services.oncall.catalogue_copy.store import CatalogueServices
from services.oncall.directory.store import DirectoryStore
from services.oncall.escalation.store.reachability import Reachability
from shared.clocks.clock import Now
from shared.leader_lease import LeaderLease
from shared.timers import sweep_forever

POLL_SECONDS = 60.0


class Auditor:
    """Sweeps the teams that are due."""

    def __init__(
        self,
        audits: Audits,
        directory: DirectoryStore,
        reachability: Reachability,
        lease: LeaderLease,
        clock: Now,
        *,
        services: CatalogueServices,
    ) -> None:
        self._audits = audits
        self._directory = directory
        self._reachability = reachability
        self._services = services
        self._lease = lease
        self._clock = clock

    async def run(self) -> None:
        """Sweep for ever, while this process holds the lease."""

        async def sweep() -> bool:
            if await self._lease.is_mine():
                await self.sweep()
            return False

        await sweep_forever("audits", sweep, poll_seconds=POLL_SECONDS)

    async def sweep(self) -> None:
        """Tell every team whose time has come what it has to mend."""
        now, directory = self._clock.now(), self._directory.now.freeze()
        due = await self._audits.due(directory.teams.keys(), now)
        if not due:
            return
        met = any(one.due_at is not None for one in due)
        failing, services = await self._reachability.find_failing(), await self._services.all() if met else []
        # a month of every schedule takes a while to compute: pages must not wait for it
        found = await asyncio.to_thread(audit, directory, failing, now, services) if met else []
        told = {
            one: make_audit_fact(one.team_id, directory.teams[one.team_id], found, now)
            if one.due_at is not None
            else None
            for one in due
        }
        await self._audits.keep(told, now, now + AGAIN)
