"""`/schedules/{id}/overrides`: exceptions to a plan. Responders make them and take them back; everybody reads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.oncall.access import require_seen, require_team
from services.oncall.directory.api.editing import Editor, nothing_to_check, unknown
from services.oncall.directory.entry import Kind
from services.oncall.directory.store import DirectoryStore
from services.oncall.schedules.api.shifts import When
from services.oncall.schedules.plan import LATEST, Override, OverrideRequest, Schedule
from services.oncall.schedules.revisions import from_now_on, require_to_come, with_override, without_override
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.ids import fresh
from shared.problem import not_found
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.merge_patch import refuse
from shared.web.paging import Cursor, Limit


def routes(directory: DirectoryStore, clock: Now) -> APIRouter:
    """The endpoints."""
    router = APIRouter(tags=["on-call"])
    editor = Editor(directory, Kind.SCHEDULE, Schedule, nothing_to_check, clock)

    async def find_visible(id_: str, caller: Identity) -> Schedule:
        caller.require(Role.VIEWER)
        schedule = editor.content(await editor.find(id_))
        require_seen(caller, schedule.team, "schedule", id_)
        return schedule

    @router.post("/schedules/{id}/overrides", status_code=201)
    async def create_override(id: str, body: OverrideRequest, caller: Caller, response: Response) -> Override:
        """What has been stays as it was: a start in the past counts from now, an end in the past is 422."""
        caller.require(Role.RESPONDER)
        named = [("/user_id", body.user_id), *([("/replaces", body.replaces)] if body.replaces is not None else [])]
        refuse(unknown("user", named, await directory.missing(Kind.USER, [user for _, user in named])))
        override_id = fresh()

        def decide(schedule: Schedule) -> Schedule:
            require_team(caller, schedule.team)
            return with_override(schedule, override_id, from_now_on(body, clock.now()))

        entry = await editor.edit(id, None, decide)
        response.headers["Location"] = f"/schedules/{id}/overrides/{override_id}"
        return editor.content(entry).overrides[-1]

    @router.get("/schedules/{id}/overrides")
    async def list_overrides(
        id: str,
        caller: Caller,
        from_: Annotated[When | None, Query(alias="from", description="Default: now")] = None,
        to: When | None = None,
        *,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[Override]:
        """The overrides that meet [from, to), in the order they were made; without a span those that are not over."""
        start, end = from_ or clock.now(), to or LATEST
        schedule = await directory.volumes.read_whole(await find_visible(id, caller), start, end)
        behind = decode_cursor(cursor, int)
        after = -1 if behind is None else behind
        found = [one for one in schedule.overrides if one.start < end and start < one.end and one.number > after]
        following = encode_cursor(found[limit - 1].number) if len(found) > limit else None
        return Page(items=found[:limit], next_cursor=following)

    @router.get("/schedules/{id}/overrides/{override_id}")
    async def read_override(id: str, override_id: str, caller: Caller) -> Override:
        override = await directory.volumes.override(await find_visible(id, caller), override_id)
        if override is None:
            raise not_found("override", override_id)
        return override

    @router.delete("/schedules/{id}/overrides/{override_id}", status_code=204)
    async def delete_override(id: str, override_id: str, caller: Caller) -> None:
        """Take an override back: one that has begun ends now."""
        caller.require(Role.RESPONDER)

        def decide(schedule: Schedule) -> Schedule:
            require_team(caller, schedule.team)
            require_to_come(schedule, override_id, clock.now())
            return without_override(schedule, override_id, clock.now())

        await editor.edit(id, None, decide)

    return router
