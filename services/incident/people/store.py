"""How people are called, by id; of who was erased nothing is left but the mark."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.copies.replica import newest_facts
from shared.events import Event
from shared.events.oncall import UserErased, UserFact
from shared.mongo import Document, find_by_ids, upsert_newer
from shared.runtime import Runtime

COLLECTION = "people"
_GONE: Document = {"name": "", "gone": True}


class People:
    """The questions that are asked about people."""

    def __init__(self, runtime: Runtime) -> None:
        self._people = runtime.database.collection(COLLECTION)

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Take in what on-call tells of people; of each the newest fact counts."""
        told = [(event, _to_fields(fact)) for event, fact in facts_of(batch, UserFact)]
        told += [(event, _GONE) for event, _ in facts_of(batch, UserErased)]
        await upsert_newer(
            self._people,
            [
                ({"_id": event.subject, "seq": {"$lt": event.sequence}}, {"$set": {"seq": event.sequence, **kept}})
                for event, kept in newest_facts(told).values()
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


def _to_fields(fact: UserFact) -> Document:
    return _GONE if fact.deleted else {"name": fact.name, "gone": False}
