"""How people are called, by id; of who was erased nothing is left but the mark."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shared.bus.consumer import Delivery
from shared.copies.replica import newest_of
from shared.events import Event
from shared.events.oncall import UserErased, UserFact
from shared.mongo import find_by_ids, upsert_newer
from shared.runtime import Runtime

COLLECTION = "people"


class People:
    """The questions that are asked about people."""

    def __init__(self, runtime: Runtime) -> None:
        self._people = runtime.database.collection(COLLECTION)

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Take in what on-call tells of people; of each the newest fact counts."""
        told = [one.payload for one in batch if isinstance(one.payload.data, UserFact | UserErased)]
        await upsert_newer(
            self._people,
            [
                (
                    {"_id": event.subject, "seq": {"$lt": event.sequence}},
                    {"$set": {"seq": event.sequence, **_kept(event)}},
                )
                for event in newest_of(told).values()
            ],
        )

    async def names(self, ids: Collection[str]) -> dict[str, str]:
        """The names of those of these people who are there."""
        found = await find_by_ids(self._people, sorted(ids))
        return {key: str(one["name"]) for key, one in found.items() if not one["gone"]}

    async def is_gone(self, id: str) -> bool:
        """True when this person was here and is not any more."""
        found = await self._people.find_one({"_id": id})
        return found is not None and bool(found["gone"])


def _kept(event: Event) -> dict[str, object]:
    fact = event.data
    if isinstance(fact, UserFact) and not fact.deleted:
        return {"name": fact.name, "gone": False}
    return {"name": "", "gone": True}
