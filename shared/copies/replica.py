"""The small copy that a service keeps of what another one owns.

One document a subject, the newest sequence wins, deletions stay as tombstones: any order and repetition of the events
ends in the same copy.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence

from shared.events import Event
from shared.mongo import Collection, Document, find_by_ids, to_document, upsert_newer


def newest_of(events: Iterable[Event]) -> dict[str, Event]:
    """The newest of these events of each subject, by subject."""
    newest: dict[str, Event] = {}
    for event in events:
        if event.subject not in newest or event.sequence > newest[event.subject].sequence:
            newest[event.subject] = event
    return newest


class Replica:
    """The copy of one kind of subject: `{_id: subject, seq, type, data}`."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection

    async def fold(self, events: Iterable[Event]) -> None:
        """Take these facts in; older ones than are known change nothing."""
        await upsert_newer(
            self.collection,
            [
                (
                    {"_id": event.subject, "seq": {"$lt": event.sequence}},
                    {"$set": {"seq": event.sequence, "type": event.type, "data": to_document(event.data)}},
                )
                for event in newest_of(events).values()
            ],
        )

    async def get(self, subjects: Sequence[str]) -> dict[str, Document]:
        """The facts about these subjects that are known and not deleted, by subject."""
        found = await find_by_ids(self.collection, subjects)
        return {key: doc["data"] for key, doc in found.items() if not doc["data"].get("deleted")}

    async def all(self) -> AsyncIterator[Document]:
        """Every fact that is not deleted."""
        async for document in self.collection.find({}):
            if not document["data"].get("deleted"):
                yield document["data"]
