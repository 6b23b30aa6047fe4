"""What people answer an execution with: `approve`, `reject`, `cancel`, `retry`, and `complete` for a step by hand."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from services.automation.executions.answers import approve, cancel, complete, reject, retry
from services.automation.executions.api.access import actor_of, find_seen
from services.automation.executions.api.executions import PATH, TAG, StepNumber
from services.automation.executions.api.views import DoneRequest, ExecutionView, NoteRequest, execution_view
from services.automation.executions.execution import Execution
from services.automation.executions.runner import Runner
from services.automation.executions.store.executions import Executions
from services.automation.runbooks.store import Runbooks
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.kept.editing import IdInPath
from shared.outbox.races import decide_and_commit
from shared.problem import conflict
from shared.web import Caller

Decide = Callable[[Execution], Execution]


class Answering:
    """Writes what people answer; what follows from it is the runner's."""

    def __init__(self, executions: Executions, runbooks: Runbooks, runner: Runner) -> None:
        self._executions = executions
        self._runbooks = runbooks
        self._runner = runner

    async def answer(self, id: str, caller: Identity, decide: Decide) -> Execution:
        """The execution as it is stored then; decided again when somebody else was faster. Raises a `Problem`."""
        stored: dict[str, Execution] = {}

        async def commit(decided: tuple[Execution, Execution]) -> set[str]:
            before, after = decided
            written = before if after == before else await self._executions.commit(before, after)
            if written is None:
                return {id}
            stored[id] = written
            return set()

        await decide_and_commit(
            lambda: find_seen(self._executions, id, caller, to_change=True),
            lambda before: (before, decide(before)),
            commit,
        )
        self._runner.nudge(id)
        return stored[id]

    async def require_runbook(self, id: str, caller: Identity) -> None:
        """Raise a 409 `Problem` for an execution whose runbook was deleted."""
        found = await find_seen(self._executions, id, caller, to_change=True)
        if found.runbook_id not in await self._runbooks.find_all([found.runbook_id]):
            raise conflict("runbook_deleted", f"The runbook {found.runbook_id} was deleted: it goes on no more.")


def routes(answering: Answering, clock: Now) -> APIRouter:
    """The endpoints that answer executions. Whoever may run a runbook may answer."""
    api = APIRouter(tags=[TAG])

    @api.post(f"{PATH}/{{id}}/approve", summary="Agree to what it waits for; not for whoever started it")
    async def approve_execution(id: IdInPath, caller: Caller, body: NoteRequest | None = None) -> ExecutionView:
        note, who = body.note if body else "", actor_of(caller)
        found = await answering.answer(id, caller, lambda one: approve(one, who, note, clock.now()).execution)
        return execution_view(found)

    @api.post(f"{PATH}/{{id}}/reject", summary="Refuse what it waits for: the step has failed")
    async def reject_execution(id: IdInPath, caller: Caller, body: NoteRequest | None = None) -> ExecutionView:
        note, who = body.note if body else "", actor_of(caller)
        found = await answering.answer(id, caller, lambda one: reject(one, who, note, clock.now()).execution)
        return execution_view(found)

    @api.post(f"{PATH}/{{id}}/steps/{{n}}/complete", summary="Say that a step by hand is done, or could not be")
    async def complete_step(
        id: IdInPath, n: StepNumber, caller: Caller, body: DoneRequest | None = None
    ) -> ExecutionView:
        said, who = body or DoneRequest(), actor_of(caller)

        def decide(one: Execution) -> Execution:
            return complete(one, n, who, said.note, clock.now(), is_done=said.outcome == "done").execution

        return execution_view(await answering.answer(id, caller, decide))

    @api.post(f"{PATH}/{{id}}/cancel", summary="End it; a step that runs is ended within seconds")
    async def cancel_execution(id: IdInPath, caller: Caller) -> ExecutionView:
        who = actor_of(caller)
        return execution_view(await answering.answer(id, caller, lambda one: cancel(one, who, clock.now())))

    @api.post(f"{PATH}/{{id}}/retry", status_code=202, summary="Go on from the step that failed")
    async def retry_execution(id: IdInPath, caller: Caller) -> ExecutionView:
        who = actor_of(caller)
        await answering.require_runbook(id, caller)
        return execution_view(await answering.answer(id, caller, lambda one: retry(one, who, clock.now()).execution))

    return api
