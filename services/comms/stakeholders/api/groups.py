"""`/stakeholder-groups`: people outside who want to hear of incidents. Managers keep them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.comms.stakeholders.update import Group
from shared.kept.editing import (
    IdInPath,
    IfMatch,
    KeptId,
    Locale,
    Name,
    Patch,
    Stamped,
    Team,
    stamp,
    stamp_response,
)
from shared.kept.entries import Entries, Entry
from shared.mail import mail_address
from shared.team_scope import may_see, require_seen, require_team
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor, expected_version
from shared.web.merge_patch import Fault, apply_patch, refuse
from shared.web.paging import Cursor, Limit

PATH = "/stakeholder-groups"
MOST_MEMBERS = 500
WHAT = "stakeholder group"

Members = Annotated[list[Annotated[str, Field(max_length=320)]], Field(max_length=MOST_MEMBERS)]


class GroupBody(BaseModel):
    """A group's own fields."""

    name: Name
    members: Members = []
    """E-mail addresses."""
    locale: Locale | None = None
    """The language that they read: `en`, `ja` or `fa`."""
    team: Team = None


class GroupRequest(GroupBody):
    """A new group."""

    id: KeptId | None = None


class GroupView(Stamped, GroupBody):
    """A group as managers see it."""


def routes(groups: Entries[Group]) -> APIRouter:
    """`/stakeholder-groups`. Viewers see how many members a group has, but no address: those are personal data."""
    api = APIRouter(tags=["communication"])

    def view(entry: Entry[Group], caller: Caller) -> GroupView:
        hidden: dict[str, list[str]] = {} if caller.may(Role.RESPONDER) else {"members": []}
        return GroupView(**stamp(entry) | hidden)

    @api.post(PATH, status_code=201, summary="Make a group of stakeholders")
    async def create_group(body: GroupRequest, caller: Caller, response: Response) -> GroupView:
        caller.require(Role.MANAGER)
        require_team(caller, body.team)
        entry = await groups.create(body.id, _group(body))
        return GroupView(**stamp_response(response, entry, at=PATH))

    @api.get(PATH, summary="The groups of stakeholders, by id")
    async def list_groups(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[GroupView]:
        caller.require(Role.VIEWER)
        found = await groups.page(decode_cursor(cursor, str) or "", limit + 1)
        shown = [view(entry, caller) for entry in found[:limit] if may_see(caller, entry.content.team)]
        return Page(items=shown, next_cursor=encode_cursor(found[limit - 1].id) if len(found) > limit else None)

    @api.get(f"{PATH}/{{id}}", summary="One group of stakeholders")
    async def read_group(id: IdInPath, caller: Caller, response: Response) -> GroupView:
        caller.require(Role.VIEWER)
        entry = await groups.find(id)
        require_seen(caller, entry.content.team, WHAT, id)
        stamp_response(response, entry)
        return view(entry, caller)

    @api.patch(f"{PATH}/{{id}}", summary="Change a group of stakeholders")
    async def edit_group(
        id: IdInPath, patch: Patch, caller: Caller, response: Response, *, if_match: IfMatch = None
    ) -> GroupView:
        caller.require(Role.MANAGER)

        async def decide(before: Entry[Group]) -> Group:
            require_team(caller, before.content.team)
            edited = _group(apply_patch(before.content, patch, GroupBody))
            require_team(caller, edited.team)
            return edited

        return GroupView(**stamp_response(response, await groups.edit(id, expected_version(if_match), decide)))

    @api.delete(f"{PATH}/{{id}}", status_code=204, summary="Delete a group of stakeholders")
    async def delete_group(id: IdInPath, caller: Caller, if_match: IfMatch = None) -> None:
        caller.require(Role.MANAGER)
        await groups.delete(id, expected_version(if_match), lambda entry: require_team(caller, entry.content.team))

    return api


def _group(body: GroupBody) -> Group:
    """The group that a body describes, each address once. Raises a 422 `Problem` for what is no address."""
    faults: list[Fault] = [
        (f"/members/{number}", "not an e-mail address")
        for number, address in enumerate(body.members)
        if mail_address(address.strip()) is None
    ]
    refuse(faults)
    members = {address.strip().casefold(): address.strip() for address in body.members}
    return Group(name=body.name.strip(), members=list(members.values()), locale=body.locale, team=body.team)
