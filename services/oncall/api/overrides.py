"""`/schedules/{id}/overrides`: exceptions to a plan. Responders make them and take them back."""

from __future__ import annotations

from fastapi import APIRouter, Response

from services.oncall.access import require_team
from services.oncall.api.editing import Editor, nothing_to_check, refuse, unknown
from services.oncall.entry import Kind
from services.oncall.plan import Override, OverrideRequest, Schedule
from services.oncall.revising import with_override, without_override
from services.oncall.store.directory import DirectoryStore
from shared.clock import Now
from shared.ids import fresh
from shared.problem import not_found
from shared.vocabulary import Role
from shared.web import Caller


def routes(directory: DirectoryStore, clock: Now) -> APIRouter:
    """The endpoints."""
    router = APIRouter(tags=["on-call"])
    editor = Editor(directory, Kind.SCHEDULE, Schedule, nothing_to_check, clock)

    @router.post("/schedules/{id}/overrides", status_code=201)
    async def create_override(id: str, body: OverrideRequest, caller: Caller, response: Response) -> Override:
        caller.require(Role.RESPONDER)
        named = [("/user_id", body.user_id), *([("/replaces", body.replaces)] if body.replaces is not None else [])]
        refuse(unknown("user", named, await directory.missing(Kind.USER, [user for _, user in named])))
        override_id = fresh()

        def decide(schedule: Schedule) -> Schedule:
            require_team(caller, schedule.team)
            return with_override(schedule, override_id, body)

        entry = await editor.edit(id, None, decide)
        response.headers["Location"] = f"/schedules/{id}/overrides/{override_id}"
        return editor.content(entry).overrides[-1]

    @router.delete("/schedules/{id}/overrides/{override_id}", status_code=204)
    async def delete_override(id: str, override_id: str, caller: Caller) -> None:
        """Take an override back: one that has begun ends now."""
        caller.require(Role.RESPONDER)

        def decide(schedule: Schedule) -> Schedule:
            require_team(caller, schedule.team)
            if all(override.id != override_id for override in schedule.overrides):
                raise not_found("override", override_id)
            return without_override(schedule, override_id, clock.now())

        await editor.edit(id, None, decide)

    return router
