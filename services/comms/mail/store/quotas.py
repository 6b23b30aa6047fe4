"""How many strangers each key had mailed: `mail_quotas`, a document for a key and day, forgotten two days later."""

from __future__ import annotations

from datetime import datetime

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from services.comms.mail.quota import DAY, day_of
from shared.runtime import Runtime

MAIL_QUOTAS = "mail_quotas"
_TRIES = 3


class MailQuotas:
    """Counts strangers; `limit` is how many a key may have mailed a day."""

    def __init__(self, runtime: Runtime) -> None:
        self._quotas = runtime.database.collection(MAIL_QUOTAS)
        self.limit = runtime.settings.strangers_per_day
        runtime.indexes({MAIL_QUOTAS: [IndexModel([("expires_at", 1)], name="expiry", expireAfterSeconds=0)]})

    async def take(self, key_id: str, count: int, now: datetime) -> bool:
        """Note `count` more strangers for this key; False, and nothing is noted, when that were too many."""
        if count == 0:
            return True
        if count > self.limit:
            return False
        day = day_of(now)
        for _ in range(_TRIES):
            try:
                await self._quotas.update_one(
                    {"_id": f"{key_id} {day:%Y-%m-%d}", "count": {"$lte": self.limit - count}},
                    {"$inc": {"count": count}, "$setOnInsert": {"expires_at": day + 3 * DAY}},
                    upsert=True,
                )
            except DuplicateKeyError:
                # it is there and too high, or somebody made it at the same moment
                continue
            return True
        return False
