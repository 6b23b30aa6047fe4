"""`/executions`: what was run, how it went, and what its steps wrote."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from services.automation.executions.api.access import find_seen
from services.automation.executions.api.views import (
    ExecutionView,
    OutputView,
    execution_view,
)
from services.automation.executions.execution import StepState
from services.automation.executions.store.executions import Executions, Filters
from services.automation.executions.store.output import Attempt, Outputs
from shared.events.automation import ExecutionState
from shared.kept.editing import IdInPath
from shared.problem import not_found
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor, etag
from shared.web.paging import Cursor, Limit

PATH = "/executions"
TAG = "automation"
MOST_CHARACTERS = 256 * 1024
"""Of an output in one answer."""
StepNumber = Annotated[int, Path(ge=1, le=1000, description="The step's number, from 1")]
After = Annotated[int, Query(ge=0, le=2**40, description="So many characters are known already")]


def routes(executions: Executions, outputs: Outputs) -> APIRouter:
    """The endpoints that read executions."""
    api = APIRouter(tags=[TAG])

    @api.get(PATH, summary="Executions, the newest first; what their steps wrote is left out")
    async def list_executions(
        caller: Caller,
        *,
        incident_id: Annotated[str | None, Query(max_length=128)] = None,
        runbook_id: Annotated[str | None, Query(max_length=128)] = None,
        state: ExecutionState | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[ExecutionView]:
        caller.require(Role.VIEWER)
        filters = Filters(incident_id, runbook_id, state, caller.teams)
        found, more = await executions.page(filters, limit, decode_cursor(cursor, datetime, str))
        following = encode_cursor(found[-1].created_at, found[-1].id) if more else None
        return Page(items=[execution_view(one) for one in found], next_cursor=following)

    @api.get(f"{PATH}/{{id}}", summary="One execution, with the end of what each step wrote")
    async def read_execution(id: IdInPath, caller: Caller, response: Response) -> ExecutionView:
        found = await find_seen(executions, id, caller)
        response.headers["ETag"] = etag(found.version)
        return execution_view(found)

    @api.get(f"{PATH}/{{id}}/steps/{{n}}/output", summary="What a step wrote, also while it runs")
    async def read_output(
        id: IdInPath,
        n: StepNumber,
        caller: Caller,
        *,
        after: After = 0,
        attempt: Annotated[int | None, Query(ge=1, le=10**6, description="The newest, if none is said")] = None,
    ) -> OutputView:
        found = await find_seen(executions, id, caller)
        if n > len(found.runs):
            raise not_found("step of the execution", str(n))
        run = found.runs[n - 1]
        wanted = attempt or run.attempt
        text = await outputs.read(Attempt(id, n, wanted), after, MOST_CHARACTERS)
        is_over = wanted < run.attempt or run.state not in (StepState.RUNNING, StepState.PENDING)
        return OutputView(
            text=text,
            after=after,
            next_after=after + len(text),
            attempt=wanted,
            is_complete=is_over and len(text) < MOST_CHARACTERS,
        )

    return api
