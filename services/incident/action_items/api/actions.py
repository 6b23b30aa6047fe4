"""`/actions`: what is to be done, whatever it was learnt from. Responders write, everybody reads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.incident.action_items.action import ActionItem, ActionPatch
from services.incident.action_items.api.editing import ActionEditing
from services.incident.action_items.api.views import ActionView, action_view
from services.incident.action_items.store import Actions
from services.incident.incidents.api.editing import IfMatch
from services.incident.postmortems.api.list_filters import ActionList
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor


def routes(items: ActionEditing) -> APIRouter:
    """The endpoints of action items."""
    router = APIRouter(tags=["actions"])
    actions, clock = items.actions, items.clock

    @router.get("/actions")
    async def list_actions(caller: Caller, asked: Annotated[ActionList, Query()]) -> Page[ActionView]:
        """Newest first; with `overdue` those whose day (UTC) is over, the longest overdue first."""
        caller.require(Role.VIEWER)
        if not asked.may_be_shown(caller.teams):
            return Page(items=[])
        found = await _find_actions(actions, clock, caller, asked)
        shown = found[: asked.limit]
        return Page(
            items=[action_view(one, clock.now().date()) for one in shown],
            next_cursor=_following(shown[-1], asked) if len(found) > asked.limit else None,
        )

    @router.get("/actions/{id}")
    async def read_action(id: str, caller: Caller, response: Response) -> ActionView:
        return items.show(await items.read(id, caller), response)

    @router.patch("/actions/{id}")
    async def edit_of_all(
        id: str, body: ActionPatch, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> ActionView:
        return items.show(await items.edit(id, caller, if_match, body), response)

    @router.delete("/actions/{id}", status_code=204)
    async def remove_action(id: str, caller: Caller, if_match: IfMatch = None) -> Response:
        """It is not listed any more; who has dropped it says so with its state instead."""
        await items.delete(id, caller, if_match)
        return Response(status_code=204)

    return router


def _following(last: ActionItem, asked: ActionList) -> str:
    return encode_cursor(str(last.due_on), last.id) if asked.overdue else encode_cursor(last.id)


async def _find_actions(actions: Actions, clock: Now, caller: Identity, asked: ActionList) -> list[ActionItem]:
    """The items that were asked for, and one more when another page follows."""
    wanted, limit = asked.to_filter(), asked.limit + 1
    if not asked.overdue:
        older = decode_cursor(asked.cursor, str)
        return await actions.page(wanted, caller.teams, older, limit, drill=asked.drill)
    position = decode_cursor(asked.cursor, str, str)
    return await actions.overdue(wanted, caller.teams, clock.now().date(), position, limit, drill=asked.drill)
