"""For which service a runbook began by itself, `quiet_times`: it does not again for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from shared.ids import derive_id
from shared.runtime import Runtime

QUIET_TIMES = "quiet_times"


class QuietTimes:
    """The claims that executions have on the next quiet time."""

    def __init__(self, runtime: Runtime) -> None:
        self._claims = runtime.database.collection(QUIET_TIMES)
        self._clock = runtime.clock
        runtime.indexes({QUIET_TIMES: [IndexModel([("until", 1)], name="until", expireAfterSeconds=0)]})

    async def claim(self, runbook_id: str, service_id: str | None, execution_id: str, seconds: int) -> datetime | None:
        """Claim the time from now on for this execution; until when another one has it, else None.

        Claiming again for the same execution is no other claim: what was begun before a crash goes on.
        """
        now = self._clock.now()
        key = derive_id(runbook_id, service_id or "")
        until = now + timedelta(seconds=seconds)
        try:
            await self._claims.update_one(
                {"_id": key, "$or": [{"until": {"$lte": now}}, {"execution_id": execution_id}]},
                {"$set": {"execution_id": execution_id, "until": until}},
                upsert=True,
            )
        except DuplicateKeyError:
            # it is there, and neither over nor ours
            found = await self._claims.find_one({"_id": key})
            return found["until"] if found is not None else now
        return None
