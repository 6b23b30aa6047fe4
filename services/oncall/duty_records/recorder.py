"""The worker that tells who was on call, once an hour is over. One replica does it at a time."""

from __future__ import annotations

import asyncio
from datetime import datetime

from services.oncall.directory.entry import Kind
from services.oncall.directory.snapshot import Directory
from services.oncall.directory.store import DirectoryStore
from services.oncall.duty_records.duty_day import begin_of_day, days_between, first_hour, make_duty_fact, whole_hour
from services.oncall.duty_records.store import DutyRecords
from services.oncall.schedules.spans import Span
from shared.clocks.clock import Now
from shared.leader_lease import LeaderLease
from shared.process.outliving import log_and_continue
from shared.timers import sweep_forever

POLL_SECONDS = 60.0
DAYS_AT_ONCE = 40
"""So many days of a schedule are told at once, so that a long past holds nobody up."""


class DutyRecorder:
    """Sweeps the schedules that an hour has passed of."""

    def __init__(self, records: DutyRecords, directory: DirectoryStore, lease: LeaderLease, clock: Now) -> None:
        self._records = records
        self._directory = directory
        self._lease = lease
        self._clock = clock

    async def run(self) -> None:
        """Sweep for ever, while this process holds the lease."""

        async def sweep() -> bool:
            return await self.sweep() if await self._lease.is_mine() else False

        await sweep_forever("duty records", sweep, poll_seconds=POLL_SECONDS)

    async def sweep(self) -> bool:
        """Tell of every schedule what has passed since it was last told of; True where there is more."""
        until, directory = whole_hour(self._clock.now()), self._directory.now.freeze()
        told = await self._records.told_until(list(directory.schedules))
        more = False
        for schedule_id in directory.schedules:
            with log_and_continue("who was on call is told again"):
                start = told.get(schedule_id) or await self._begin(schedule_id)
                if start is not None and start < until:
                    more = await self._tell(directory, schedule_id, (start, until)) or more
        return more

    async def _begin(self, schedule_id: str) -> datetime | None:
        """From when on it is told of; None for one that was deleted meanwhile."""
        entry = await self._directory.get(Kind.SCHEDULE, schedule_id)
        return first_hour(entry.created_at, self._clock.now()) if entry is not None else None

    async def _tell(self, directory: Directory, schedule_id: str, span: Span) -> bool:
        days = list(days_between(*span))[:DAYS_AT_ONCE]
        first, last = begin_of_day(days[0][0]), days[-1][1]
        whole = await self._directory.volumes.read_whole(directory.schedules[schedule_id], first, last)
        # a month of a busy schedule takes a while to compute: pages must not wait for it
        facts = await asyncio.to_thread(
            lambda: [make_duty_fact(schedule_id, whole, day, directory.users, directory.absences) for day in days]
        )
        return await self._records.keep(schedule_id, facts, last) and last < span[1]
