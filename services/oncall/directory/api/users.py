"""`/users`: people, how they are reached, and by which rules. Managers write, everybody reads."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Response
from pydantic import Field

from services.oncall.deletion.api import Force, UseCheck
from services.oncall.directory.api.editing import Editor, IfMatch, ObjectId, Patch, Stamped, set_version_headers, stamp
from services.oncall.directory.entry import Entry, Kind
from services.oncall.directory.people import User, address_faults, rule_faults
from services.oncall.directory.store import DirectoryStore
from services.oncall.membership.api import Membership, TeamIds
from services.oncall.membership.rules import (
    may_act_for,
    require_joined,
    require_role,
    require_to_delete,
    show_person,
    teams_of,
)
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.vocabulary import Role
from shared.web import Caller, Page
from shared.web.merge_patch import Fault, apply_patch, refuse
from shared.web.paging import Cursor, Limit


class UserRequest(User):
    """A new person; a key that is limited to teams names one of its teams at least, and no other."""

    id: ObjectId | None = None
    teams: TeamIds = Field(default_factory=list)


class UserView(Stamped, User):
    """A person as people see it. Addresses are masked for those who neither lead nor are this person."""

    teams: TeamIds


def routes(directory: DirectoryStore, uses: UseCheck, clock: Now) -> APIRouter:
    """The endpoints."""
    router = APIRouter(tags=["on-call"])
    membership = Membership(directory, clock)
    editor = Editor(directory, Kind.USER, User, _check, clock)

    def view(entry: Entry, caller: Identity) -> UserView:
        teams = teams_of(entry.key, directory.now.teams)
        user = show_person(editor.content(entry), whole=may_act_for(caller, entry.key, teams))
        return UserView(**stamp(entry), **user.model_dump(), teams=sorted(teams))

    @router.post("/users", status_code=201)
    async def create_user(body: UserRequest, caller: Caller, response: Response) -> UserView:
        caller.require(Role.MANAGER)
        require_role(caller, None, body.role)
        require_joined(caller, body.teams)
        content = User.model_validate(body.model_dump(exclude={"id", "teams"}))
        refuse(address_faults(None, content))
        entry = await editor.create(body.id, content, lambda key: membership.decide_teams(key, body.teams or None))
        return view(set_version_headers(response, entry, at="/users"), caller)

    @router.get("/users")
    async def list_users(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[UserView]:
        caller.require(Role.VIEWER)
        entries, following = await editor.page(cursor, limit)
        await membership.teams(caller)
        return Page(items=[view(entry, caller) for entry in entries], next_cursor=following)

    @router.get("/users/{id}")
    async def read_user(id: str, caller: Caller, response: Response) -> UserView:
        caller.require(Role.VIEWER)
        await membership.teams(caller)
        return view(set_version_headers(response, await editor.find(id)), caller)

    @router.patch("/users/{id}")
    async def edit_user(
        id: str, patch: Patch, caller: Caller, response: Response, *, if_match: IfMatch = None
    ) -> UserView:
        """`teams` says of which teams the person is a member from now on."""
        caller.require(Role.MANAGER)
        await editor.find(id)
        wanted = await membership.read_teams_of(id, patch, caller)

        def decide(user: User) -> User:
            after = apply_patch(user, {name: value for name, value in patch.items() if name != "teams"}, User)
            require_role(caller, user.role, after.role)
            refuse(address_faults(user, after))
            return after

        entry = await editor.edit(id, if_match, decide, lambda key: membership.decide_teams(key, wanted))
        return view(set_version_headers(response, entry), caller)

    @router.delete("/users/{id}", status_code=204)
    async def delete_user(id: str, caller: Caller, *, force: Force = False, if_match: IfMatch = None) -> None:
        """Forget a person, here and in every service."""
        caller.require(Role.MANAGER)
        await editor.find(id)
        require_to_delete(caller, await membership.of(id, caller))
        await uses.require_unused(Kind.USER, id, caller, force=force)
        await editor.delete(id, if_match)

    return router


async def _check(user: User, _: User | None) -> Sequence[Fault]:
    return rule_faults(user)
