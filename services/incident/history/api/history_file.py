"""`/history/import` and `/history/export`: managers bring history in, everybody who reads may take it out.

A key that is limited to teams does both with its teams' incidents only.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse

from services.incident.history.api.views import HistoryImportView, import_view, row_schema
from services.incident.history.body_reader import LINES, MAX_ROWS, media_type_wants_lines
from services.incident.history.exporter import Exporter, as_json
from services.incident.history.importer import ImportCall, Importer
from services.incident.history.plan import Tally
from shared.problem import forbidden, unavailable
from shared.vocabulary import Role
from shared.web import Caller

PATIENCE_SECONDS = 6.0
"""So long the rows are waited for before the answer begins; the gateway waits for ten."""
BREATH_SECONDS = 5.0
"""Between two blanks that keep a long answer alive."""
_EXAMPLE = {
    "incidents": [
        {
            "title": "Payments are slow",
            "created_at": "2025-03-04T08:00:00Z",
            "resolved_at": "2025-03-04T09:30:00Z",
            "severity": "high",
            "service_id": "payments",
            "root_cause": "The pool of connections was too small.",
            "actions_taken": ["Restarted the pool"],
        }
    ]
}


def _body() -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["incidents"],
        "properties": {"incidents": {"type": "array", "maxItems": MAX_ROWS, "items": row_schema()}},
    }
    lines = {"schema": {"type": "string", "description": "One incident a line."}}
    content = {"application/json": {"schema": schema, "example": _EXAMPLE}, LINES[0]: lines}
    return {"requestBody": {"required": True, "content": content}}


def routes(importer: Importer, exporter: Exporter, *, patience_seconds: float = PATIENCE_SECONDS) -> APIRouter:
    """The endpoints of the history."""
    router = APIRouter(tags=["history"])

    @router.post("/history/import", response_model=HistoryImportView, openapi_extra=_body())
    async def import_history(request: Request, caller: Caller) -> Response:
        """Bring incidents of another time or system in as facts; nobody is paged or told of them.

        At most 5 000 rows in 10 MB a call; some hundred a call is best. Each row stands for itself: those that can't be
        taken are listed with their place and the reason, and the others are in. The same rows again change nothing.
        """
        caller.require(Role.MANAGER)
        call = ImportCall(await request.body(), request.headers.get("content-type", ""), caller.teams)
        work = asyncio.create_task(importer.carry_out(call))
        try:
            await asyncio.wait({work}, timeout=patience_seconds)
            if not work.done() and not call.begun.is_set():
                raise unavailable("Another import is under way; send it again in a while.", 5)
            if not work.done():
                return StreamingResponse(_answer_late(work), media_type="application/json")
            if work.result().is_all_others:
                raise forbidden("These belong to teams that the key is not for.")
            return Response(_write(work.result()), media_type="application/json")
        except BaseException:
            work.cancel()
            raise

    @router.get(
        "/history/export",
        response_class=Response,
        responses={
            200: {
                "content": {
                    "application/json": {"schema": {"type": "object"}},
                    **{kind: {"schema": {"type": "string"}} for kind in LINES[:2]},
                }
            }
        },
    )
    async def export_history(caller: Caller, accept: Annotated[str, Header()] = "") -> Response:
        """Every incident with all that is known of it, by id: what an import takes. JSON, or JSON lines by `Accept`."""
        caller.require(Role.VIEWER)
        rows = exporter.rows(caller.teams)
        first = await anext(rows, list[bytes]())
        is_lines = media_type_wants_lines(accept)
        kind = next((one for one in LINES if one in accept), LINES[0]) if is_lines else "application/json"
        name = f"incident_history.{'jsonl' if is_lines else 'json'}"
        return StreamingResponse(
            _as_lines(first, rows) if is_lines else _as_list(first, rows),
            media_type=kind,
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Vary": "Accept"},
        )

    return router


def _write(tally: Tally) -> bytes:
    return import_view(tally).model_dump_json().encode()


async def _answer_late(work: asyncio.Task[Tally]) -> AsyncIterator[bytes]:
    """The answer of a long import: blanks, which JSON may begin with, until it is known."""
    try:
        while not work.done():
            yield b" "
            await asyncio.wait({work}, timeout=BREATH_SECONDS)
        yield _write(work.result())
    finally:
        work.cancel()


async def _as_lines(first: list[bytes], rows: AsyncIterator[list[bytes]]) -> AsyncIterator[bytes]:
    yield b"".join(row + b"\n" for row in first)
    async for some in rows:
        yield b"".join(row + b"\n" for row in some)


async def _as_list(first: list[bytes], rows: AsyncIterator[list[bytes]]) -> AsyncIterator[bytes]:
    yield b'{"incidents":[' + b"".join(as_json(first, is_first=True))
    is_first = not first
    async for some in rows:
        yield b"".join(as_json(some, is_first=is_first))
        is_first = is_first and not some
    yield b"]}\n"
