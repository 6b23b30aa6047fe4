"""`/predictions/rules`: queries with limits. Managers keep them, everybody who may see them reads them."""

from __future__ import annotations

from fastapi import APIRouter, Response

from services.analytics.prediction_rules.api.writing import PATH, RuleRequest, RuleView, RuleWriting
from services.analytics.prediction_rules.rule import Rule
from services.analytics.prediction_rules.store import WHAT, Rules
from shared.kept.editing import IdInPath, IfMatch, KeptId, Patch, stamp_response
from shared.kept.entries import Entry
from shared.team_scope import may_see, require_seen, require_team
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor, expected_version
from shared.web.merge_patch import apply_patch
from shared.web.paging import Cursor, Limit


def routes(rules: Rules, writing: RuleWriting) -> APIRouter:
    """The endpoints."""
    api = APIRouter(tags=["predictions"])
    entries = rules.entries

    @api.post(PATH, status_code=201, summary="Make a rule")
    async def create_rule(body: RuleRequest, caller: Caller, response: Response) -> RuleView:
        caller.require(Role.MANAGER)
        return await writing.show_written(response, await writing.create(caller, body), at=PATH)

    @api.get(PATH, summary="The rules, by id, with how they were polled and how right they were")
    async def list_rules(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[RuleView]:
        caller.require(Role.VIEWER)
        found = await entries.page(decode_cursor(cursor, str) or "", limit + 1)
        shown = await writing.show([one for one in found[:limit] if may_see(caller, one.content.team)])
        return Page(items=shown, next_cursor=encode_cursor(found[limit - 1].id) if len(found) > limit else None)

    @api.get(f"{PATH}/{{id}}", summary="One rule")
    async def read_rule(id: IdInPath, caller: Caller, response: Response) -> RuleView:
        caller.require(Role.VIEWER)
        entry = await entries.find(id)
        require_seen(caller, entry.content.team, WHAT, id)
        stamp_response(response, entry)
        return (await writing.show([entry]))[0]

    @api.put(f"{PATH}/{{id}}", summary="Make a rule what the body says")
    async def put_rule(
        id: KeptId, body: Rule, caller: Caller, response: Response, *, if_match: IfMatch = None
    ) -> RuleView:
        caller.require(Role.MANAGER)
        rule = await writing.check(caller, body)

        async def decide(before: Entry[Rule] | None) -> Rule:
            if before is not None:
                require_team(caller, before.content.team)
            return rule

        entry, is_new = await entries.put(id, expected_version(if_match), decide)
        response.status_code = 201 if is_new else 200
        return await writing.show_written(response, entry)

    @api.patch(f"{PATH}/{{id}}", summary="Change fields of a rule")
    async def patch_rule(
        id: IdInPath, body: Patch, caller: Caller, response: Response, *, if_match: IfMatch = None
    ) -> RuleView:
        caller.require(Role.MANAGER)

        async def decide(before: Entry[Rule]) -> Rule:
            require_team(caller, before.content.team)
            return await writing.check(caller, apply_patch(before.content, body, Rule))

        return await writing.show_written(response, await entries.edit(id, expected_version(if_match), decide))

    @api.delete(f"{PATH}/{{id}}", status_code=204, summary="Delete a rule; what it foretold is kept")
    async def delete_rule(id: IdInPath, caller: Caller, if_match: IfMatch = None) -> None:
        caller.require(Role.MANAGER)
        await entries.delete(id, expected_version(if_match), lambda entry: require_team(caller, entry.content.team))
        await writing.forget()

    return api
