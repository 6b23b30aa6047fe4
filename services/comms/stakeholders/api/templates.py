"""`/templates`: what mails to stakeholders say. Managers keep them; every edit is a new version, and all are kept.

`default` is built in, in three languages; its words are Tocsin's own and can't be edited.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from services.comms.mail.template import LetterForms
from services.comms.stakeholders.mail import Template, check
from services.comms.stakeholders.template_sandbox import SOURCE_LIMIT
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
from shared.process.off_loop import OffLoop
from shared.team_scope import may_see, require_seen, require_team
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor, expected_version
from shared.web.merge_patch import Fault, apply_patch, refuse
from shared.web.paging import Cursor, Limit

PATH = "/templates"
WHAT = "template"
BUILT_IN = "default"
_RESERVED: list[Fault] = [("/name", f"{BUILT_IN!r} is the built-in template's")]

Body = Annotated[str, Field(max_length=SOURCE_LIMIT)]


class TemplateBody(BaseModel):
    """A template's own fields. Jinja: `{{ incident.title }}`, `{% if incident.is_over %}`, `{{ message }}`.

    No calls, assignments, multiplications or loops inside loops; `round` takes a written precision from -10 to 10,
    numbers have at most 15 digits, parts stand at most 40 levels deep; one rendering takes at most 50 000 steps and
    makes at most 64 KiB.
    """

    name: Name
    locale: Locale = "en"
    subject: Annotated[str, Field(min_length=1, max_length=1000)]
    text: Body = ""
    """The body as plain text; paragraphs are parted by empty lines."""
    markdown: Body = ""
    """Or the body as Markdown (CommonMark with tables, no raw HTML); beyond 20 000 characters it stands as written."""
    team: Team = None


class TemplateRequest(TemplateBody):
    """A new template."""

    id: KeptId | None = None


class TemplateView(Stamped, TemplateBody):
    """A template as people see it."""


def routes(templates: Entries[Template], forms: LetterForms) -> APIRouter:
    """`/templates` and `/templates/{id}`."""
    api = APIRouter(tags=["communication"])

    trying = OffLoop()

    async def check_template(body: TemplateBody) -> Template:
        template = Template.model_validate(body.model_dump())
        refuse([*(_RESERVED if template.name == BUILT_IN else []), *await trying.run(check, template, forms)])
        return template

    @api.post(PATH, status_code=201, summary="Make a template for mails to stakeholders")
    async def create_template(body: TemplateRequest, caller: Caller, response: Response) -> TemplateView:
        caller.require(Role.MANAGER)
        require_team(caller, body.team)
        if body.id == BUILT_IN:
            refuse([("/id", _RESERVED[0][1])])
        entry = await templates.create(body.id, await check_template(body))
        return TemplateView(**stamp_response(response, entry, at=PATH))

    @api.get(PATH, summary="The templates, by id; `default` is built in and not among them")
    async def list_templates(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[TemplateView]:
        caller.require(Role.VIEWER)
        found = await templates.page(decode_cursor(cursor, str) or "", limit + 1)
        shown = [TemplateView(**stamp(entry)) for entry in found[:limit] if may_see(caller, entry.content.team)]
        return Page(items=shown, next_cursor=encode_cursor(found[limit - 1].id) if len(found) > limit else None)

    @api.get(f"{PATH}/{{id}}", summary="One template, as it is or as it was in a version")
    async def read_template(
        id: IdInPath,
        caller: Caller,
        response: Response,
        *,
        version: Annotated[int | None, Query(ge=1, le=10**9)] = None,
    ) -> TemplateView:
        caller.require(Role.VIEWER)
        entry = await templates.find(id, version)
        require_seen(caller, entry.content.team, WHAT, id)
        return TemplateView(**stamp_response(response, entry))

    @api.patch(f"{PATH}/{{id}}", summary="Change a template: its next version")
    async def edit_template(
        id: IdInPath, patch: Patch, caller: Caller, response: Response, *, if_match: IfMatch = None
    ) -> TemplateView:
        caller.require(Role.MANAGER)

        async def decide(before: Entry[Template]) -> Template:
            require_team(caller, before.content.team)
            edited = await check_template(apply_patch(before.content, patch, TemplateBody))
            require_team(caller, edited.team)
            return edited

        return TemplateView(**stamp_response(response, await templates.edit(id, expected_version(if_match), decide)))

    @api.delete(f"{PATH}/{{id}}", status_code=204, summary="Delete a template; its versions stay")
    async def delete_template(id: IdInPath, caller: Caller, if_match: IfMatch = None) -> None:
        caller.require(Role.MANAGER)
        await templates.delete(id, expected_version(if_match), lambda entry: require_team(caller, entry.content.team))

    return api
