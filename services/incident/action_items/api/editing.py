"""What the endpoints of action items begin and end with: the action item, if it is the caller's to see or to change."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Response

from services.incident.access import in_scope, require_scope
from services.incident.action_items.action import ActionItem, ActionPatch, delete_action, edit_action
from services.incident.action_items.api.views import ActionView, action_view
from services.incident.action_items.store import Actions, Written
from services.incident.incidents.api.lookup import actor_of
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.outbox.races import decide_and_commit
from shared.problem import not_found
from shared.vocabulary import Role
from shared.web import check_version, etag, expected_version


class ActionEditing:
    """Reads, changes and shows action items for a caller."""

    def __init__(self, actions: Actions, clock: Now) -> None:
        self.actions = actions
        self.clock = clock

    def show(self, action: ActionItem, response: Response) -> ActionView:
        """The answer, with the version in its `ETag`."""
        response.headers["ETag"] = etag(action.version)
        return action_view(action, self.clock.now().date())

    async def read(self, id: str, caller: Identity, postmortem_id: str | None = None) -> ActionItem:
        """The action item, of this post-mortem where one is named. Raises a 404 `Problem`."""
        caller.require(Role.VIEWER)
        action = await self._existing(id, postmortem_id)
        if not in_scope(caller.teams, action.team):
            raise not_found("action item", id)
        return action

    async def change(
        self,
        id: str,
        caller: Identity,
        if_match: str | None,
        decide: Callable[[ActionItem], ActionItem],
        postmortem_id: str | None = None,
    ) -> ActionItem:
        """The action item after what `decide` makes of it. Raises a `Problem`: 403, 404, 412, what `decide` raises."""
        caller.require(Role.RESPONDER)
        expected = expected_version(if_match)

        async def read() -> ActionItem:
            before = await self._existing(id, postmortem_id)
            require_scope(caller.teams, before.team)
            check_version(expected, before.version)
            return before

        before, after = await decide_and_commit(
            read,
            lambda before: (before, decide(before)),
            lambda decided: self.actions.commit([Written(*decided)]),
        )
        return after if after == before else after.changed(version=before.version + 1)

    async def edit(
        self, id: str, caller: Identity, if_match: str | None, body: ActionPatch, postmortem_id: str | None = None
    ) -> ActionItem:
        """The action item after an edit; raises as `change`."""
        by = actor_of(caller).name
        return await self.change(
            id, caller, if_match, lambda before: edit_action(before, body, by, self.clock.now()), postmortem_id
        )

    async def delete(self, id: str, caller: Identity, if_match: str | None) -> None:
        """Only a mark is left of the action item; raises as `change`."""
        by = actor_of(caller).name
        await self.change(id, caller, if_match, lambda before: delete_action(before, by, self.clock.now()))

    async def _existing(self, id: str, postmortem_id: str | None) -> ActionItem:
        action = await self.actions.get(id)
        if action is None or action.deleted or postmortem_id not in (None, action.postmortem_id):
            raise not_found("action item", id)
        return action
