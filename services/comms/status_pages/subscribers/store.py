"""Subscribers of status pages, and which updates are still to be mailed to them.

`status_subscribers`: addresses are here and in letters only; `place` is there once they confirmed, and is what mailings
walk by. `status_mailings`, `_id` = the update's id: written with the update, `after` is how far it has come, and
without `due_at` it is done.
"""

from __future__ import annotations

from datetime import datetime

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from services.comms.status_pages.subscribers.subscriber import Subscriber
from shared.due_work import earliest
from shared.mongo import Document, to_document
from shared.outbox.aggregates import Record
from shared.runtime import Runtime
from shared.timers import DUE_INDEX

SUBSCRIBERS = "status_subscribers"
MAILINGS = "status_mailings"


def mailing(slug: str, post_id: str, update_id: str, at: datetime) -> Record:
    """The intent to mail an update, which is written with it."""
    document = {"slug": slug, "post_id": post_id, "at": at, "due_at": at, "after": ""}
    return Record(MAILINGS, update_id, document)


class Subscribers:
    """The questions that are asked about subscribers."""

    def __init__(self, runtime: Runtime) -> None:
        self._subscribers = runtime.database.collection(SUBSCRIBERS)
        self._mailings = runtime.database.collection(MAILINGS)
        kept_seconds = runtime.settings.delivery_days * 86_400
        runtime.indexes(
            {
                SUBSCRIBERS: [
                    IndexModel([("page", 1), ("place", 1)], name="place"),
                    IndexModel([("expires_at", 1)], name="expiry", expireAfterSeconds=0, sparse=True),
                ],
                MAILINGS: [DUE_INDEX, IndexModel([("at", 1)], name="age", expireAfterSeconds=kept_seconds)],
            }
        )
        self.first_mailing = earliest(self._mailings)
        """When the next mailing is due."""

    async def get(self, id: str) -> Subscriber | None:
        """The subscriber with this id."""
        found = await self._subscribers.find_one({"_id": id})
        return _read(found) if found else None

    async def ask(self, one: Subscriber, known: Subscriber | None) -> bool:
        """Keep who asked; `known` is what was decided on. False when somebody else was faster."""
        document = to_document(one)
        del document["id"]
        if known is None:
            try:
                await self._subscribers.insert_one({"_id": one.id, **document})
            except DuplicateKeyError:
                return False
            return True
        guard = {"_id": one.id, "asked_at": known.asked_at, "confirmed_at": None}
        result = await self._subscribers.update_one(guard, {"$set": document})
        return result.matched_count == 1

    async def confirm(self, id: str, page: str, now: datetime) -> bool:
        """Mark a subscriber as confirmed; false when there is none. Doing it again changes nothing."""
        confirmed = {"$set": {"confirmed_at": now, "place": id}, "$unset": {"expires_at": ""}}
        await self._subscribers.update_one({"_id": id, "page": page, "confirmed_at": None}, confirmed)
        found = await self.get(id)
        return found is not None and found.page == page and found.confirmed_at is not None

    async def remove(self, id: str, page: str) -> bool:
        """Delete a subscriber; true when there was one."""
        return (await self._subscribers.delete_one({"_id": id, "page": page})).deleted_count == 1

    async def confirmed(self, page: str, after: str, limit: int) -> list[Subscriber]:
        """Confirmed subscribers of a page behind this place, in the order in which mailings walk."""
        query = {"page": page, "place": {"$gt": after}}
        found = await self._subscribers.find(query).sort("place", 1).limit(limit).to_list()
        return [_read(document) for document in found]

    async def due_mailings(self, now: datetime, limit: int) -> list[Document]:
        """Mailings that are not done, the longest due first."""
        return await self._mailings.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit).to_list()

    async def move_on(self, update_id: str, after: str | None) -> None:
        """Store how far a mailing came: the last place mailed; None: it is done."""
        moved: Document = {"$unset": {"due_at": ""}} if after is None else {"$set": {"after": after}}
        await self._mailings.update_one({"_id": update_id}, moved)


def _read(document: Document) -> Subscriber:
    return Subscriber.model_validate(document | {"id": document["_id"]})
