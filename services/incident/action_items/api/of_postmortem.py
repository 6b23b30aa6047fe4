"""`/postmortems/{id}/actions`: what is to be done after an incident. Responders write, everybody reads."""

from __future__ import annotations

from fastapi import APIRouter, Response

from services.incident.action_items.action import ActionIn, ActionPatch, make_action
from services.incident.action_items.api.editing import ActionEditing
from services.incident.action_items.api.views import ActionView, action_view
from services.incident.action_items.store import Written
from services.incident.incidents.api.editing import IfMatch
from services.incident.incidents.api.lookup import actor_of
from services.incident.postmortems.api.editing import PostmortemEditing
from shared.ids import fresh
from shared.web import Caller, Page


def routes(editing: PostmortemEditing, items: ActionEditing) -> APIRouter:
    """The endpoints."""
    router = APIRouter(tags=["actions"])
    actions, clock = items.actions, items.clock

    @router.post("/postmortems/{id}/actions", status_code=201)
    async def make(id: str, body: ActionIn, caller: Caller, response: Response) -> ActionView:
        postmortem = (await editing.require(id, caller, to_change=True)).postmortem
        action = make_action(body, fresh("act_"), postmortem, actor_of(caller).name, clock.now())
        if await actions.commit([Written(None, action)]):
            raise RuntimeError(f"the new id {action.id} was taken")
        response.headers["Location"] = f"/actions/{action.id}"
        return items.show(action.changed(version=1), response)

    @router.get("/postmortems/{id}/actions")
    async def list_of_postmortem(id: str, caller: Caller) -> Page[ActionView]:
        """Those of one post-mortem, oldest first."""
        found = await actions.of_postmortem((await editing.require(id, caller)).postmortem.id)
        return Page(items=[action_view(one, clock.now().date()) for one in found])

    @router.get("/postmortems/{id}/actions/{action_id}")
    async def read_of_postmortem(id: str, action_id: str, caller: Caller, response: Response) -> ActionView:
        return items.show(await items.read(action_id, caller, id), response)

    @router.patch("/postmortems/{id}/actions/{action_id}")
    async def edit_of_postmortem(
        id: str, action_id: str, body: ActionPatch, *, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> ActionView:
        return items.show(await items.edit(action_id, caller, if_match, body, id), response)

    return router
