"""`/users`: people, how they are reached, and by which rules. Managers write, everybody reads."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Response

from services.oncall.api.editing import Editor, Fault, IfMatch, ObjectId, Patch, Stamped, merged, stamp, stamped
from services.oncall.entry import Entry, Kind
from services.oncall.people import User, rule_faults
from services.oncall.store.directory import DirectoryStore
from shared.clock import Now
from shared.vocabulary import Role
from shared.web import Caller, Page
from shared.web.paging import Cursor, Limit


class UserRequest(User):
    """A new person."""

    id: ObjectId | None = None


class UserView(Stamped, User):
    """A person as people see it."""


def routes(directory: DirectoryStore, clock: Now) -> APIRouter:
    """The endpoints."""
    router = APIRouter(tags=["on-call"])
    editor = Editor(directory, Kind.USER, User, _check, clock)

    def view(entry: Entry) -> UserView:
        return UserView(**stamp(entry), **editor.content(entry).model_dump())

    @router.post("/users", status_code=201)
    async def create_user(body: UserRequest, caller: Caller, response: Response) -> UserView:
        caller.require(Role.MANAGER)
        entry = await editor.create(body.id, User.model_validate(body.model_dump(exclude={"id"})))
        return view(stamped(response, entry, at="/users"))

    @router.get("/users")
    async def list_users(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[UserView]:
        caller.require(Role.VIEWER)
        entries, following = await editor.page(cursor, limit)
        return Page(items=[view(entry) for entry in entries], next_cursor=following)

    @router.get("/users/{id}")
    async def read_user(id: str, caller: Caller, response: Response) -> UserView:
        caller.require(Role.VIEWER)
        return view(stamped(response, await editor.find(id)))

    @router.patch("/users/{id}")
    async def edit_user(
        id: str, patch: Patch, caller: Caller, response: Response, *, if_match: IfMatch = None
    ) -> UserView:
        caller.require(Role.MANAGER)
        return view(stamped(response, await editor.edit(id, if_match, lambda user: merged(user, patch, User))))

    @router.delete("/users/{id}", status_code=204)
    async def delete_user(id: str, caller: Caller, if_match: IfMatch = None) -> None:
        """Forget a person, here and in every service."""
        caller.require(Role.MANAGER)
        await editor.delete(id, if_match)

    return router


async def _check(user: User) -> Sequence[Fault]:
    return rule_faults(user)
