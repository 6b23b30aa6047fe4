"""`/escalation-policies`: whom to tell, step by step. Managers write, everybody reads. Targets must exist."""

from __future__ import annotations

from collections.abc import Sequence

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
from services.oncall.directory.policy import Policy, TargetType
from services.oncall.directory.policy_flaws import policy_faults
from services.oncall.directory.store import DirectoryStore
from shared.clocks.clock import Now
from shared.vocabulary import Role
from shared.web import Caller, Page
from shared.web.merge_patch import Fault, apply_patch
from shared.web.paging import Cursor, Limit

PATH = "/escalation-policies"
_KINDS = {TargetType.USER: Kind.USER, TargetType.TEAM: Kind.TEAM, TargetType.SCHEDULE: Kind.SCHEDULE}


class PolicyRequest(Policy):
    """A new policy."""

    id: ObjectId | None = None


class PolicyView(Stamped, Policy):
    """A policy as people see it."""


def routes(directory: DirectoryStore, uses: UseCheck, clock: Now) -> APIRouter:
    """The endpoints."""
    router = APIRouter(tags=["on-call"])

    async def check(policy: Policy, before: Policy | None) -> Sequence[Fault]:
        kept = {target for step in before.steps for target in step.targets} if before else set()
        faults: list[Fault] = [
            (f"/steps/{step}/targets/{number}/type", "one of schedule, user and team")
            for step, one in enumerate(policy.steps)
            for number, target in enumerate(one.targets)
            if target.type not in _KINDS
        ]
        for type_, kind in _KINDS.items():
            named = [
                (f"/steps/{step}/targets/{number}/id", target.id)
                for step, one in enumerate(policy.steps)
                for number, target in enumerate(one.targets)
                if target.type is type_ and target not in kept
            ]
            missing = await directory.missing(kind, [key for _, key in named]) if named else set()
            faults += unknown(kind.value, named, missing)
        return sorted([*faults, *policy_faults(policy)])

    editor = Editor(directory, Kind.POLICY, Policy, check, clock)

    def view(entry: Entry) -> PolicyView:
        return PolicyView(**stamp(entry), **editor.content(entry).model_dump())

    @router.post(PATH, status_code=201)
    async def create_policy(body: PolicyRequest, caller: Caller, response: Response) -> PolicyView:
        caller.require(Role.MANAGER)
        require_team(caller, body.team)
        entry = await editor.create(body.id, Policy.model_validate(body.model_dump(exclude={"id"})))
        return view(set_version_headers(response, entry, at=PATH))

    @router.get(PATH)
    async def list_policies(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[PolicyView]:
        caller.require(Role.VIEWER)
        entries, following = await editor.page(cursor, limit)
        shown = [entry for entry in entries if may_see(caller.teams, editor.content(entry).team)]
        return Page(items=[view(entry) for entry in shown], next_cursor=following)

    @router.get(f"{PATH}/{{id}}")
    async def read_policy(id: str, caller: Caller, response: Response) -> PolicyView:
        caller.require(Role.VIEWER)
        entry = await editor.find(id)
        require_seen(caller, editor.content(entry).team, "policy", id)
        return view(set_version_headers(response, entry))

    @router.patch(f"{PATH}/{{id}}")
    async def edit_policy(
        id: str, patch: Patch, caller: Caller, response: Response, *, if_match: IfMatch = None
    ) -> PolicyView:
        """Escalations that run already keep the policy they copied."""
        caller.require(Role.MANAGER)

        def decide(policy: Policy) -> Policy:
            require_team(caller, policy.team)
            edited = apply_patch(policy, patch, Policy)
            require_team(caller, edited.team)
            return edited

        return view(set_version_headers(response, await editor.edit(id, if_match, decide)))

    @router.delete(f"{PATH}/{{id}}", status_code=204)
    async def delete_policy(id: str, caller: Caller, *, force: Force = False, if_match: IfMatch = None) -> None:
        caller.require(Role.MANAGER)
        require_team(caller, editor.content(await editor.find(id)).team)
        await uses.require_unused(Kind.POLICY, id, caller, force=force)
        await editor.delete(id, if_match)

    return router
