"""`/postmortems/{id}/comments`: what readers say of a post-mortem, and what has been dealt with."""

from __future__ import annotations

from fastapi import APIRouter, Response

from services.incident.incidents.api.lookup import actor_of
from services.incident.postmortems.api.editing import PostmortemEditing
from services.incident.postmortems.comment import Comment, CommentPatch, NewComment
from services.incident.postmortems.store.comments import Comments
from shared.ids import fresh
from shared.problem import not_found
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit


def routes(editing: PostmortemEditing, comments: Comments) -> APIRouter:
    """The endpoints below `/postmortems/{id}/comments`."""
    router = APIRouter(tags=["postmortems"])

    @router.post("/postmortems/{id}/comments", status_code=201)
    async def add_comment(id: str, body: NewComment, caller: Caller, response: Response) -> Comment:
        kept = await editing.require(id, caller, to_change=True)
        comment = Comment(
            id=fresh("c_"),
            postmortem_id=kept.postmortem.id,
            section=body.section,
            text=body.text,
            author=actor_of(caller).name,
            at=editing.clock.now(),
        )
        await comments.add(comment)
        response.headers["Location"] = f"/postmortems/{kept.postmortem.id}/comments"
        return comment

    @router.get("/postmortems/{id}/comments")
    async def list_comments(id: str, caller: Caller, limit: Limit = 100, cursor: Cursor = None) -> Page[Comment]:
        """Oldest first."""
        kept = await editing.require(id, caller)
        after = decode_cursor(cursor, str) or ""
        found = await comments.page(kept.postmortem.id, after, limit + 1)
        return Page(items=found[:limit], next_cursor=encode_cursor(found[limit - 1].id) if len(found) > limit else None)

    @router.patch("/postmortems/{id}/comments/{comment_id}")
    async def settle_comment(id: str, comment_id: str, body: CommentPatch, caller: Caller) -> Comment:
        kept = await editing.require(id, caller, to_change=True)
        by, at = (actor_of(caller).name, editing.clock.now()) if body.resolved else (None, None)
        found = await comments.settle(kept.postmortem.id, comment_id, at, by)
        if found is None:
            raise not_found("comment", comment_id)
        return found

    return router
