"""`/postmortems`: begin, list, read and edit them. Responders write.

An incident has one at most: to begin a second one is 409, which names the first.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.incident.incidents.api.editing import IfMatch
from services.incident.incidents.api.lookup import actor_of, require_incident
from services.incident.incidents.store.incidents import Incidents
from services.incident.postmortems.api.editing import PostmortemEditing
from services.incident.postmortems.api.list_filters import PostmortemList
from services.incident.postmortems.api.views import (
    PostmortemIn,
    PostmortemPatch,
    PostmortemRow,
    PostmortemView,
    postmortem_row,
)
from services.incident.postmortems.postmortem import Revised, begin, edit, postmortem_id
from services.incident.postmortems.store.postmortems import StoredPostmortem
from shared.problem import conflict
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor


def routes(editing: PostmortemEditing, incidents: Incidents) -> APIRouter:
    """The endpoints of the document itself."""
    router = APIRouter(tags=["postmortems"])
    postmortems, clock = editing.postmortems, editing.clock

    @router.post("/postmortems", status_code=201)
    async def begin_postmortem(body: PostmortemIn, caller: Caller, response: Response) -> PostmortemView:
        """Its sections are drafted from the timeline, the alerts, the roles and the figures."""
        caller.require(Role.RESPONDER)
        stored = await require_incident(incidents, body.incident_id, caller, to_change=True)
        id = postmortem_id(stored.incident.id)  # noqa: A001 - as the contract calls it
        if await postmortems.get(id) is not None:
            raise _already_exists(id)
        made = begin(stored.incident, await editing.draft_sections(stored), actor_of(caller).name, clock.now())
        if await postmortems.commit(made):
            raise _already_exists(id)
        response.headers["Location"] = f"/postmortems/{id}"
        return await editing.show(made.after.changed(version=1), response)

    @router.get("/postmortems")
    async def list_postmortems(caller: Caller, asked: Annotated[PostmortemList, Query()]) -> Page[PostmortemRow]:
        """Newest first; those of drills only when asked for."""
        caller.require(Role.VIEWER)
        if not asked.may_be_shown(caller.teams):
            return Page(items=[])
        found = await postmortems.page(
            asked.to_filter(), caller.teams, _beyond(asked), asked.limit + 1, drill=asked.drill
        )
        return Page(
            items=[postmortem_row(one) for one, _ in found[: asked.limit]],
            next_cursor=encode_cursor(found[asked.limit - 1][1]) if len(found) > asked.limit else None,
        )

    @router.get("/postmortems/{id}")
    async def read_postmortem(id: str, caller: Caller, response: Response) -> PostmortemView:
        return await editing.show((await editing.require(id, caller)).postmortem, response)

    @router.patch("/postmortems/{id}")
    async def edit_postmortem(
        id: str, body: PostmortemPatch, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> PostmortemView:
        """Sections that are left out stay; an edit of what is published is told to others."""
        by = actor_of(caller).name

        async def decide(kept: StoredPostmortem) -> Revised:
            return edit(kept.postmortem, body.title, body.sections, by, clock.now())

        return await editing.show(await editing.revise(id, caller, if_match, decide), response)

    return router


def _beyond(asked: PostmortemList) -> str | None:
    return decode_cursor(asked.cursor, str)


def _already_exists(id: str) -> Exception:
    return conflict("already_exists", f"The incident has the post-mortem {id!r} already.", postmortem_id=id)
