"""`/runbook-targets`: machines that scripts run on. Admins write them; the key of none is ever given back."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.automation.scripts.choice import NoPlace
from services.automation.targets.places import Places
from services.automation.targets.ssh_client import NoConnection, Unconnected
from services.automation.targets.store import WHAT, Targets
from services.automation.targets.target import Target, TargetFields, TargetRequest, check_keys
from shared.callers.identity import Identity
from shared.kept.editing import IdInPath, IfMatch, Patch, Stamped, stamp_response
from shared.kept.entries import Entry
from shared.problem import forbidden, invalid
from shared.secrecy.sealing import Seal
from shared.team_scope import may_see, require_seen, require_team
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor, expected_version
from shared.web.merge_patch import apply_patch, refuse
from shared.web.paging import Cursor, Limit

PATH = "/runbook-targets"


class TargetView(Stamped, TargetFields):
    """A machine, without its key."""

    has_private_key: bool
    key_fingerprint: str | None
    """Of the key that is used there; null where an agent has it."""


class TargetCheck(BaseModel):
    """What came of a try to log in."""

    ok: bool
    why: Annotated[str | None, Field(description="Null where it went well")] = None
    detail: str
    seconds: float


class TargetWriting:
    """Writes targets for callers."""

    def __init__(self, targets: Targets, seal: Seal) -> None:
        self._entries = targets.entries
        self._seal = seal

    async def create(self, caller: Identity, body: TargetRequest) -> Entry[Target]:
        """Store a new one. Raises a `Problem`: 403, 409, 422."""
        return await self._entries.create(body.id, self._content(caller, body, None))

    async def edit(self, caller: Identity, id: str, expected: int | None, patch: dict[str, Any]) -> Entry[Target]:
        """Change what the patch names; a key that it does not name stays. Raises a `Problem`: 403, 404, 412, 422."""

        async def decide(before: Entry[Target]) -> Target:
            _require_own(caller, id, before.content)
            body = apply_patch(_as_sent(before.content), patch, TargetRequest)
            return self._content(caller, body, before.content)

        return await self._entries.edit(id, expected, decide)

    def _content(self, caller: Identity, body: TargetRequest, before: Target | None) -> Target:
        require_team(caller, body.team)
        if body.agent_socket is not None and caller.teams:
            # an agent is the machine's own, and serves whoever reaches it
            raise forbidden("An agent is used by all teams; the key is limited to some: register a private key.")
        kept = before if before is not None and body.private_key is None and body.agent_socket is None else None
        keys = check_keys(body, has_key=kept is not None and kept.sealed_key is not None)
        refuse(keys.faults)
        sealed = self._seal.close(body.private_key.encode()) if body.private_key is not None else None
        fields = body.model_dump(exclude={"id", "private_key", "host_key"})
        return Target(
            **fields,
            host_key=keys.host_key,
            sealed_key=kept.sealed_key if kept is not None else sealed,
            key_fingerprint=kept.key_fingerprint if kept is not None else keys.fingerprint,
        )


def routes(targets: Targets, writing: TargetWriting, places: Places) -> APIRouter:
    """The endpoints of targets."""
    api = APIRouter(tags=["automation"])
    entries = targets.entries

    @api.post(PATH, status_code=201, summary="Register a machine that scripts may run on")
    async def create_target(body: TargetRequest, caller: Caller, response: Response) -> TargetView:
        caller.require(Role.ADMIN)
        return _view(await writing.create(caller, body), response, is_new=True)

    @api.get(PATH, summary="The machines that scripts may run on, by id")
    async def list_targets(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[TargetView]:
        caller.require(Role.RESPONDER)
        found = await entries.page(decode_cursor(cursor, str) or "", limit + 1)
        shown = [_view(one, Response()) for one in found[:limit] if may_see(caller, one.content.team)]
        return Page(items=shown, next_cursor=encode_cursor(found[limit - 1].id) if len(found) > limit else None)

    @api.get(f"{PATH}/{{id}}", summary="One of them")
    async def read_target(id: IdInPath, caller: Caller, response: Response) -> TargetView:
        caller.require(Role.RESPONDER)
        entry = await entries.find(id)
        require_seen(caller, entry.content.team, WHAT, id)
        return _view(entry, response)

    @api.patch(f"{PATH}/{{id}}", summary="Change it; a key that is not named stays")
    async def edit_target(
        id: IdInPath, patch: Patch, caller: Caller, response: Response, *, if_match: IfMatch = None
    ) -> TargetView:
        caller.require(Role.ADMIN)
        if "id" in patch:
            raise invalid("/id", "an id stays")
        return _view(await writing.edit(caller, id, expected_version(if_match), patch), response)

    @api.delete(f"{PATH}/{{id}}", status_code=204, summary="Forget it, with its key")
    async def delete_target(id: IdInPath, caller: Caller, if_match: IfMatch = None) -> None:
        caller.require(Role.ADMIN)
        await entries.delete(id, expected_version(if_match), lambda entry: _require_own(caller, id, entry.content))

    @api.post(f"{PATH}/{{id}}/check", summary="Log in there and run nothing but `true`")
    async def check_target(id: IdInPath, caller: Caller) -> TargetCheck:
        caller.require(Role.ADMIN)
        entry = await entries.find(id)
        _require_own(caller, id, entry.content)
        return await _check(places, entry.content)

    return api


async def _check(places: Places, target: Target) -> TargetCheck:
    began = time.monotonic()
    place = places.connect(target)
    if isinstance(place, NoPlace):
        return TargetCheck(ok=False, why=Unconnected.NO_KEY, detail=place.why, seconds=0)
    why, detail = None, f"{target.user} is logged in at {target.host}:{target.port}"
    try:
        await place.check()
    except NoConnection as error:
        why, detail = error.why.value, str(error)
    return TargetCheck(ok=why is None, why=why, detail=detail, seconds=round(time.monotonic() - began, 3))


def _require_own(caller: Identity, id: str, target: Target) -> None:
    """Another team's is not there."""
    require_seen(caller, target.team, WHAT, id)
    require_team(caller, target.team)


def _as_sent(target: Target) -> TargetFields:
    return TargetFields.model_validate(target.model_dump())


def _view(entry: Entry[Target], response: Response, *, is_new: bool = False) -> TargetView:
    shown = stamp_response(response, entry, at=PATH if is_new else None)
    has_key = shown.pop("sealed_key") is not None
    return TargetView(**shown, has_private_key=has_key)
