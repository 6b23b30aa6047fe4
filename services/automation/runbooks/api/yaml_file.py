"""`/runbooks/{id}.yaml`: a runbook as a file, to be kept beside the code that it mends."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from services.automation.runbooks.api.runbooks import PATH, TAG, Version
from services.automation.runbooks.api.views import RunbookId, RunbookView, runbook_fields, runbook_view
from services.automation.runbooks.api.writing import PlainPointers, RunbookWriting, read_body
from services.automation.runbooks.store import WHAT, Runbooks
from services.automation.runbooks.yaml_form import write_runbook
from shared.kept.editing import IfMatch
from shared.problem import Problem, invalid, malformed
from shared.process.off_loop import OffLoop
from shared.team_scope import require_seen
from shared.text.yaml_reader import read_yaml
from shared.vocabulary import Role
from shared.web import Caller, etag, expected_version

MEDIA_TYPE = "application/yaml"
MAX_BYTES = 5 * 1024 * 1024
EXAMPLE = """\
name: Clean temporary files
team: payments
steps:
  - type: manual
    name: look
    instructions: What fills the disk?
"""
FileId = Annotated[str, Path(max_length=128)]


def routes(runbooks: Runbooks, writing: RunbookWriting) -> APIRouter:
    """The endpoints of runbooks as files."""
    api = APIRouter(tags=[TAG], route_class=PlainPointers)
    reading = OffLoop()

    @api.get(
        f"{PATH}/{{id}}.yaml",
        summary="One runbook as a YAML file; secrets are left out",
        response_class=Response,
        responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    )
    async def read_file(id: FileId, caller: Caller, version: Version = None) -> Response:
        caller.require(Role.VIEWER)
        require_seen(caller, (await runbooks.entries.find(id)).content.team, WHAT, id)
        entry = await runbooks.entries.find(id, version)
        text = write_runbook(runbook_fields(entry.content))
        return Response(text, media_type=MEDIA_TYPE, headers={"ETag": etag(entry.version)})

    @api.put(
        f"{PATH}/{{id}}.yaml",
        summary="Make a runbook what a YAML file says: its next version",
        responses={201: {"model": RunbookView, "description": "It is new"}},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": EXAMPLE}},
            }
        },
    )
    async def put_file(
        id: RunbookId, request: Request, caller: Caller, response: Response, *, if_match: IfMatch = None
    ) -> RunbookView:
        caller.require(Role.MANAGER)
        content = await request.body()
        if len(content) > MAX_BYTES:
            raise Problem(413, "too_large", f"A runbook's file has at most {MAX_BYTES} bytes.", limit_bytes=MAX_BYTES)
        whole = await reading.run(read_yaml, content)
        if not isinstance(whole, dict):
            raise malformed("The file must have members such as `name` and `steps`.")
        if whole.pop("id", id) != id:
            raise invalid("/id", f"this address is that of {id!r}")
        entry, is_new = await writing.put(caller, id, expected_version(if_match), read_body(whole))
        response.status_code = 201 if is_new else 200
        response.headers["ETag"] = etag(entry.version)
        return runbook_view(entry)

    return api
