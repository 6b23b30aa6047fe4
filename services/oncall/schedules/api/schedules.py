"""`/schedules`: plans. Managers plan, everybody reads."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter, Response

from services.oncall.access import may_see, require_seen, require_team
from services.oncall.deletion.api import Force, UseCheck
from services.oncall.directory.api.editing import (
    Editor,
    IfMatch,
    ObjectId,
    Patch,
    Stamped,
    set_version_headers,
    stamp,
    unknown,
)
from services.oncall.directory.entry import Entry, Kind
from services.oncall.directory.store import DirectoryStore
from services.oncall.schedules.flaws import plan_faults
from services.oncall.schedules.plan import Name, Override, Plan, Schedule
from services.oncall.schedules.revisions import make_schedule, replan
from shared.clocks.clock import Now
from shared.vocabulary import Role
from shared.web import Caller, Page
from shared.web.merge_patch import Fault, apply_patch
from shared.web.paging import Cursor, Limit


class ScheduleBody(Plan):
    """What people write of a schedule."""

    name: Name
    team: ObjectId | None = None


class ScheduleRequest(ScheduleBody):
    """A new schedule."""

    id: ObjectId | None = None


class ScheduleView(Stamped, ScheduleBody):
    """A schedule as people see it: the plan that holds from now on."""

    overrides: list[Override]
    """Those to come, and the latest of those that are over; `/schedules/{id}/overrides` has them all."""


def body_of(schedule: Schedule) -> ScheduleBody:
    """What people wrote of a schedule, as it holds from now on."""
    plan = schedule.plan
    return ScheduleBody(name=schedule.name, team=schedule.team, time_zone=plan.time_zone, layers=plan.layers)


async def faults_of(directory: DirectoryStore, schedule: Schedule, before: Schedule | None) -> Sequence[Fault]:
    """What can't be accepted about the plan that holds from now on; whom the plan `before` named may stay in it."""
    kept = {user for layer in before.plan.layers for user in layer.participants} if before else set()
    named = [
        (f"/layers/{number}/participants/{place}", user)
        for number, layer in enumerate(schedule.plan.layers)
        for place, user in enumerate(layer.participants)
        if user is not None and user not in kept
    ]
    missing = await directory.missing(Kind.USER, [user for _, user in named])
    # hours that never meet take a while to find out: pages must not wait for it
    return [*unknown("user", named, missing), *await asyncio.to_thread(plan_faults, schedule.plan)]


def routes(directory: DirectoryStore, uses: UseCheck, clock: Now) -> APIRouter:
    """The endpoints."""
    router = APIRouter(tags=["on-call"])

    editor = Editor(directory, Kind.SCHEDULE, Schedule, partial(faults_of, directory), clock)

    def view(entry: Entry) -> ScheduleView:
        schedule = editor.content(entry)
        return ScheduleView(**stamp(entry), **dict(body_of(schedule)), overrides=schedule.overrides)

    @router.post("/schedules", status_code=201)
    async def create_schedule(body: ScheduleRequest, caller: Caller, response: Response) -> ScheduleView:
        caller.require(Role.MANAGER)
        require_team(caller, body.team)
        entry = await editor.create(body.id, make_schedule(body.name, body.team, body))
        return view(set_version_headers(response, entry, at="/schedules"))

    @router.get("/schedules")
    async def list_schedules(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[ScheduleView]:
        caller.require(Role.VIEWER)
        entries, following = await editor.page(cursor, limit)
        shown = [entry for entry in entries if may_see(caller.teams, editor.content(entry).team)]
        return Page(items=[view(entry) for entry in shown], next_cursor=following)

    @router.get("/schedules/{id}")
    async def read_schedule(id: str, caller: Caller, response: Response) -> ScheduleView:
        caller.require(Role.VIEWER)
        entry = await editor.find(id)
        require_seen(caller, editor.content(entry).team, "schedule", id)
        return view(set_version_headers(response, entry))

    @router.patch("/schedules/{id}")
    async def edit_schedule(
        id: str, patch: Patch, caller: Caller, response: Response, *, if_match: IfMatch = None
    ) -> ScheduleView:
        """A changed plan holds from now on; who was on call before stays as it was.

        When the participants of a layer change, whoever has its turn keeps it to its end, and the new order goes on
        from their new place; who left is followed by whoever stands there now. Another `starts_at` or `rotation` begins
        anew.
        """
        caller.require(Role.MANAGER)

        def decide(schedule: Schedule) -> Schedule:
            require_team(caller, schedule.team)
            body = apply_patch(body_of(schedule), patch, ScheduleBody)
            require_team(caller, body.team)
            return replan(schedule, body.name, body.team, body, clock.now())

        return view(set_version_headers(response, await editor.edit(id, if_match, decide)))

    @router.delete("/schedules/{id}", status_code=204)
    async def delete_schedule(id: str, caller: Caller, *, force: Force = False, if_match: IfMatch = None) -> None:
        caller.require(Role.MANAGER)
        require_team(caller, editor.content(await editor.find(id)).team)
        await uses.require_unused(Kind.SCHEDULE, id, caller, force=force)
        await editor.delete(id, if_match)

    return router
