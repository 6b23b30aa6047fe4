"""`POST /incidents/{id}/run-action`: a person, or a key, runs a runbook for an incident, or sees what it would do."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Response

from services.automation.executions.api.access import actor_of, may_see_incident
from services.automation.executions.api.executions import PATH, TAG
from services.automation.executions.api.views import ExecutionView, RunRequest, execution_view
from services.automation.executions.starting import Asked, Starting
from services.automation.incident_copies.lookup import wait_for_incident
from services.automation.incident_copies.store import IncidentCopies
from services.automation.runbooks.store import Runbooks
from shared.kept.editing import IdInPath
from shared.problem import forbidden, invalid
from shared.team_scope import may_see
from shared.vocabulary import Role
from shared.web import Caller

AskedBy = Annotated[
    str | None, Header(alias="Tocsin-Execution", max_length=128, description="The execution whose step asks")
]


def routes(copies: IncidentCopies, runbooks: Runbooks, starting: Starting) -> APIRouter:
    """The endpoint."""
    api = APIRouter(tags=[TAG])

    @api.post(
        "/incidents/{id}/run-action",
        status_code=202,
        summary="Run a runbook for an incident, or with `dry_run` see what that would do",
    )
    async def run_action(
        id: IdInPath, body: RunRequest, caller: Caller, response: Response, *, asked_by: AskedBy = None
    ) -> ExecutionView:
        caller.require(Role.RESPONDER)
        incident = await wait_for_incident(copies, id)
        if not may_see_incident(caller, incident.team):
            raise forbidden("This belongs to a team that the key is not for.")
        runbook = (await runbooks.find_all([body.runbook_id])).get(body.runbook_id)
        if runbook is None or not may_see(caller, runbook.content.team):
            raise invalid("/runbook_id", f"there is no runbook called {body.runbook_id!r}")
        asked = Asked(
            actor=actor_of(caller),
            runbook=runbook,
            incident=incident,
            alerts=await copies.alerts_of(incident),
            parameters=body.parameters,
            alert_id=body.alert_id,
            dry_run=body.dry_run,
            asked_by=asked_by,
        )
        execution = await starting.start(asked)
        response.headers["Location"] = f"{PATH}/{execution.id}"
        return execution_view(execution)

    return api
