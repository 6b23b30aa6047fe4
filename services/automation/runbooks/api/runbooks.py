"""`/runbooks`: managers write them, everybody who may see them reads them. Every write is a new version."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.automation.actions import specs
from services.automation.runbooks.api.views import (
    ExampleView,
    RunbookBody,
    RunbookId,
    RunbookRequest,
    RunbookView,
    StepKindView,
    VersionView,
    example_views,
    runbook_view,
    step_kind_view,
    version_view,
)
from services.automation.runbooks.api.writing import PlainPointers, RunbookWriting
from services.automation.runbooks.runbook import Runbook
from services.automation.runbooks.shipped import SHIPPED
from services.automation.runbooks.store import WHAT, Runbooks
from shared.kept.editing import IdInPath, IfMatch
from shared.kept.entries import Entry
from shared.team_scope import may_see, require_seen, require_team
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor, etag, expected_version
from shared.web.paging import Cursor, Limit

PATH = "/runbooks"
TAG = "automation"
EXAMPLES = example_views(SHIPPED)
Version = Annotated[int | None, Query(ge=1, le=10**9, description="As it was in this version")]


def routes(runbooks: Runbooks, writing: RunbookWriting) -> APIRouter:
    """The endpoints of runbooks as JSON."""
    api = APIRouter(tags=[TAG], route_class=PlainPointers)
    entries = runbooks.entries

    @api.get(f"{PATH}/step-kinds", summary="The kinds of steps that runbooks have, with their form fields")
    async def list_step_kinds(caller: Caller) -> Page[StepKindView]:
        caller.require(Role.VIEWER)
        return Page(items=[step_kind_view(one) for one in specs().values()])

    @api.get(f"{PATH}/examples", summary="Runbooks to begin with, as YAML")
    async def list_examples(caller: Caller) -> Page[ExampleView]:
        caller.require(Role.VIEWER)
        return Page(items=list(EXAMPLES))

    @api.post(PATH, status_code=201, summary="Make a runbook")
    async def create_runbook(body: RunbookRequest, caller: Caller, response: Response) -> RunbookView:
        caller.require(Role.MANAGER)
        entry = await writing.create(caller, body.id, body)
        response.headers["Location"] = f"{PATH}/{entry.id}"
        return _shown(response, entry)

    @api.get(PATH, summary="The runbooks, by id")
    async def list_runbooks(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[RunbookView]:
        caller.require(Role.VIEWER)
        found = await entries.page(decode_cursor(cursor, str) or "", limit + 1)
        shown = [runbook_view(entry) for entry in found[:limit] if may_see(caller, entry.content.team)]
        return Page(items=shown, next_cursor=encode_cursor(found[limit - 1].id) if len(found) > limit else None)

    @api.get(f"{PATH}/{{id}}", summary="One runbook, as it is or as it was in a version")
    async def read_runbook(id: IdInPath, caller: Caller, response: Response, *, version: Version = None) -> RunbookView:
        caller.require(Role.VIEWER)
        require_seen(caller, (await entries.find(id)).content.team, WHAT, id)
        return _shown(response, await entries.find(id, version))

    @api.get(f"{PATH}/{{id}}/versions", summary="Its versions, the newest first")
    async def list_versions(
        id: IdInPath, caller: Caller, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[VersionView]:
        caller.require(Role.VIEWER)
        entry = await entries.find(id)
        require_seen(caller, entry.content.team, WHAT, id)
        below = decode_cursor(cursor, int) or entry.version + 1
        found = [entry] if below > entry.version else []
        past = await entries.versions(id, min(below, entry.version), limit + 1 - len(found))
        shown = [*found, *past][:limit]
        more = bool(shown) and shown[-1].version > 1
        return Page(
            items=[version_view(one) for one in shown],
            next_cursor=encode_cursor(shown[-1].version) if more else None,
        )

    @api.put(
        f"{PATH}/{{id}}",
        summary="Make a runbook what the body says: its next version",
        responses={201: {"model": RunbookView, "description": "It is new"}},
    )
    async def put_runbook(
        id: RunbookId, body: RunbookBody, caller: Caller, response: Response, *, if_match: IfMatch = None
    ) -> RunbookView:
        caller.require(Role.MANAGER)
        entry, is_new = await writing.put(caller, id, expected_version(if_match), body)
        response.status_code = 201 if is_new else 200
        return _shown(response, entry)

    @api.delete(f"{PATH}/{{id}}", status_code=204, summary="Delete a runbook; what runs goes on, its versions stay")
    async def delete_runbook(id: IdInPath, caller: Caller, if_match: IfMatch = None) -> None:
        caller.require(Role.MANAGER)
        await entries.delete(id, expected_version(if_match), lambda entry: require_team(caller, entry.content.team))

    return api


def _shown(response: Response, entry: Entry[Runbook]) -> RunbookView:
    response.headers["ETag"] = etag(entry.version)
    return runbook_view(entry)
