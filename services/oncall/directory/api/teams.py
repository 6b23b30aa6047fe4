"""`/teams`: who belongs together. Managers write, everybody reads."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Response

from services.oncall.access import require_team
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
from services.oncall.directory.people import Team
from services.oncall.directory.store import DirectoryStore
from services.oncall.membership.api import Membership
from services.oncall.membership.rules import require_members
from shared.clocks.clock import Now
from shared.vocabulary import Role
from shared.web import Caller, Page
from shared.web.merge_patch import Fault, apply_patch
from shared.web.paging import Cursor, Limit


class TeamRequest(Team):
    """A new team."""

    id: ObjectId | None = None


class TeamView(Stamped, Team):
    """A team as people see it."""


def routes(directory: DirectoryStore, uses: UseCheck, clock: Now) -> APIRouter:
    """The endpoints."""
    router = APIRouter(tags=["on-call"])

    async def check(team: Team, before: Team | None) -> Sequence[Fault]:
        kept = set(before.members) if before else set()
        named = [(f"/members/{number}", one) for number, one in enumerate(team.members) if one not in kept]
        return unknown("user", named, await directory.missing(Kind.USER, [member for _, member in named]))

    membership = Membership(directory, clock)
    editor = Editor(directory, Kind.TEAM, Team, check, clock)

    def view(entry: Entry) -> TeamView:
        return TeamView(**stamp(entry), **editor.content(entry).model_dump())

    @router.post("/teams", status_code=201)
    async def create_team(body: TeamRequest, caller: Caller, response: Response) -> TeamView:
        caller.require(Role.MANAGER)
        require_team(caller, body.id)
        require_members(caller, (), body.members, await membership.teams(caller))
        entry = await editor.create(body.id, Team(name=body.name, members=body.members))
        return view(set_version_headers(response, entry, at="/teams"))

    @router.get("/teams")
    async def list_teams(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[TeamView]:
        caller.require(Role.VIEWER)
        entries, following = await editor.page(cursor, limit)
        return Page(items=[view(entry) for entry in entries], next_cursor=following)

    @router.get("/teams/{id}")
    async def read_team(id: str, caller: Caller, response: Response) -> TeamView:
        caller.require(Role.VIEWER)
        return view(set_version_headers(response, await editor.find(id)))

    @router.patch("/teams/{id}")
    async def edit_team(
        id: str, patch: Patch, caller: Caller, response: Response, *, if_match: IfMatch = None
    ) -> TeamView:
        caller.require(Role.MANAGER)
        require_team(caller, id)
        teams = await membership.teams(caller)

        def decide(team: Team) -> Team:
            after = apply_patch(team, patch, Team)
            require_members(caller, team.members, after.members, teams)
            return after

        return view(set_version_headers(response, await editor.edit(id, if_match, decide)))

    @router.delete("/teams/{id}", status_code=204)
    async def delete_team(id: str, caller: Caller, *, force: Force = False, if_match: IfMatch = None) -> None:
        caller.require(Role.MANAGER)
        require_team(caller, id)
        await editor.find(id)
        await uses.require_unused(Kind.TEAM, id, caller, force=force)
        await editor.delete(id, if_match)

    return router
