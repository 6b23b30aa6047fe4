"""Who holds which deliveries: `senders`, one lease a process over all that it holds, see `process_lease`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.comms.delivery.delivery_state import DeliveryState
from services.comms.paging.store.deliveries import DELIVERIES
from shared.runtime import Runtime

SENDERS = "senders"


@dataclass(frozen=True, slots=True)
class Lease:
    """A process's lease over all that it holds."""

    owner: str
    instance: str
    until: datetime


class Leases:
    """The questions that are asked about who holds deliveries."""

    def __init__(self, runtime: Runtime) -> None:
        self._deliveries = runtime.database.collection(DELIVERIES)
        self._senders = runtime.database.collection(SENDERS)

    async def held_by(self, owner: str) -> list[str]:
        """The ids of the deliveries that a process holds."""
        return [document["_id"] async for document in self._deliveries.find({"owner": owner}, projection=["_id"])]

    async def hold(self, owner: str, instance: str, until: datetime) -> None:
        """Prolong this process's lease over all that it holds."""
        lease = {"$set": {"instance": instance, "until": until}}
        await self._senders.update_one({"_id": owner}, lease, upsert=True)

    async def all(self) -> list[Lease]:
        """Every lease there is: one a process that runs, or that ran and was not released yet."""
        found = await self._senders.find({}).to_list()
        return [Lease(document["_id"], document["instance"], document["until"]) for document in found]

    async def release(self, owner: str, now: datetime) -> int:
        """Make everything that a process held due at once for whoever is there; tells how much that was.

        The version grows with it, so that nothing the process may still want to write counts.
        """
        freed = await self._deliveries.update_many(
            {"owner": owner},
            {
                "$set": {"state": DeliveryState.QUEUED.value, "due_at": now},
                "$unset": {"owner": ""},
                "$inc": {"version": 1},
            },
        )
        await self._senders.delete_one({"_id": owner})
        return freed.modified_count
