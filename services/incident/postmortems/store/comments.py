"""Comments on post-mortems as they are stored, one document a comment, found by post-mortem and time."""

from __future__ import annotations

from datetime import datetime

from pymongo import IndexModel, ReturnDocument

from services.incident.postmortems.comment import Comment
from shared.mongo import Document
from shared.runtime import Runtime

COLLECTION = "postmortem_comments"


class Comments:
    """The questions that are asked of the comments."""

    def __init__(self, runtime: Runtime) -> None:
        self._comments = runtime.database.collection(COLLECTION)
        runtime.indexes({COLLECTION: [IndexModel([("postmortem_id", 1), ("listed", 1)], name="of_postmortem")]})

    async def add(self, comment: Comment) -> None:
        """Write a new comment."""
        fields = comment.model_dump(exclude={"id"})
        await self._comments.insert_one({"_id": comment.id, "listed": comment.id, **fields})

    async def page(self, postmortem_id: str, after: str, limit: int) -> list[Comment]:
        """Up to `limit` comments behind the id `after` ("" for the first), oldest first."""
        query = {"postmortem_id": postmortem_id, "listed": {"$gt": after}}
        return [_comment(one) async for one in self._comments.find(query).sort("listed", 1).limit(limit)]

    async def settle(
        self, postmortem_id: str, id: str, resolved_at: datetime | None, resolved_by: str | None
    ) -> Comment | None:
        """The comment once it is resolved, or (with None) open again; None: there is none such.

        What is resolved stays by whom and when it was first resolved.
        """
        where = {"_id": id, "postmortem_id": postmortem_id, "resolved": resolved_at is None}
        what = {"resolved": resolved_at is not None, "resolved_at": resolved_at, "resolved_by": resolved_by}
        found = await self._comments.find_one_and_update(
            where, {"$set": what}, return_document=ReturnDocument.AFTER
        ) or await self._comments.find_one({"_id": id, "postmortem_id": postmortem_id})
        return _comment(found) if found is not None else None


def _comment(document: Document) -> Comment:
    return Comment.model_validate({**document, "id": document["_id"]})
