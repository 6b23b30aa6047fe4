"""Comments on post-mortems as they are stored, one document a comment, found by post-mortem and time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pymongo import IndexModel, ReturnDocument

from services.incident.postmortems.comment import Comment
from shared.mongo import Document, upsert_newer
from shared.runtime import Runtime

COLLECTION = "postmortem_comments"


class Comments:
    """The questions that are asked of the comments."""

    def __init__(self, runtime: Runtime) -> None:
        self._comments = runtime.database.collection(COLLECTION)
        runtime.indexes({COLLECTION: [IndexModel([("postmortem_id", 1), ("listed", 1)], name="of_postmortem")]})

    async def add(self, comment: Comment) -> None:
        """Write a new comment."""
        await self._comments.insert_one({"_id": comment.id, **_fields(comment)})

    async def bring_in(self, comments: Iterable[Comment]) -> None:
        """Write imported comments; those that are there already stay as they are."""
        await upsert_newer(self._comments, [({"_id": one.id}, {"$setOnInsert": _fields(one)}) for one in comments])

    async def of_postmortems(self, ids: Sequence[str]) -> dict[str, list[Comment]]:
        """All comments of each of these few post-mortems that has any, oldest first."""
        found: dict[str, list[Comment]] = {}
        async for document in self._comments.find({"postmortem_id": {"$in": list(ids)}}):
            found.setdefault(document["postmortem_id"], []).append(_comment(document))
        return {key: sorted(those, key=lambda one: one.id) for key, those in found.items()}

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


def _fields(comment: Comment) -> Document:
    return {"listed": comment.id, **comment.model_dump(exclude={"id"})}


def _comment(document: Document) -> Comment:
    return Comment.model_validate({**document, "id": document["_id"]})
