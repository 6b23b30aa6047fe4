"""Who of the replicas does a job that only one needs to do: a lease in the database, taken over when its holder dies.

Two that both believe to hold it do no harm: what they write is guarded by versions. The lease only spares the work.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from shared.ids import fresh
from shared.runtime import Runtime

COLLECTION = "duties"
LEASE = timedelta(seconds=2)
RENEW_BEFORE = timedelta(seconds=1)


class LeaderLease:
    """One job, as one process sees it."""

    def __init__(self, runtime: Runtime, job: str) -> None:
        self._duties = runtime.database.collection(COLLECTION)
        self._clock = runtime.clock
        self._job = job
        self._me = fresh()
        self._mine_until: datetime | None = None

    async def is_mine(self) -> bool:
        """True when this process is to do the job now: it holds the lease, or nobody does and it took it."""
        now = self._clock.now()
        if self._mine_until is not None and now + RENEW_BEFORE < self._mine_until:
            return True
        until = now + LEASE
        try:
            await self._duties.update_one(
                {"_id": self._job, "$or": [{"holder": self._me}, {"until": {"$lte": now}}]},
                {"$set": {"holder": self._me, "until": until}},
                upsert=True,
            )
        except DuplicateKeyError:
            # it is there, and neither ours nor run out
            self._mine_until = None
            return False
        self._mine_until = until
        return True

    async def release(self) -> None:
        """Let another process take over at once."""
        self._mine_until = None
        await self._duties.delete_one({"_id": self._job, "holder": self._me})
