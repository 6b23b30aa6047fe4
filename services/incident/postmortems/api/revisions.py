"""`/postmortems/{id}/revisions`: who wrote what when, and back to it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from services.incident.incidents.api.editing import IfMatch
from services.incident.incidents.api.lookup import actor_of
from services.incident.postmortems.api.editing import PostmortemEditing
from services.incident.postmortems.api.views import (
    PostmortemView,
    RevisionRow,
    RevisionView,
    revision_row,
    revision_view,
)
from services.incident.postmortems.postmortem import Revised, Revision, restore
from services.incident.postmortems.store.postmortems import StoredPostmortem
from shared.problem import not_found
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit

Number = Annotated[int, Path(ge=1, le=999_999)]


def routes(editing: PostmortemEditing) -> APIRouter:
    """The endpoints below `/postmortems/{id}/revisions`."""
    router = APIRouter(tags=["postmortems"])

    async def existing(kept: StoredPostmortem, number: int) -> Revision:
        found = await editing.postmortems.revision(kept, number)
        if found is None:
            raise not_found("revision", str(number))
        return found

    @router.get("/postmortems/{id}/revisions")
    async def list_revisions(id: str, caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[RevisionRow]:
        """Newest first."""
        kept = await editing.require(id, caller)
        below = decode_cursor(cursor, int)
        found = await editing.postmortems.revisions(kept, below, limit + 1)
        return Page(
            items=[revision_row(one) for one in found[:limit]],
            next_cursor=encode_cursor(found[limit - 1].number) if len(found) > limit else None,
        )

    @router.get("/postmortems/{id}/revisions/{number}")
    async def read_revision(id: str, number: Number, caller: Caller) -> RevisionView:
        kept = await editing.require(id, caller)
        return revision_view(await existing(kept, number))

    @router.post("/postmortems/{id}/revisions/{number}/restore")
    async def restore_revision(
        id: str, number: Number, *, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> PostmortemView:
        """Title and sections as they were then; that is a new revision, so it can be undone as well."""
        by = actor_of(caller).name

        async def decide(kept: StoredPostmortem) -> Revised:
            return restore(kept.postmortem, await existing(kept, number), by, editing.clock.now())

        return await editing.show(await editing.revise(id, caller, if_match, decide), response)

    return router
