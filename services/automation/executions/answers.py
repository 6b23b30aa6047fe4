"""What people do with an execution: approve, reject, say that a step by hand is done, end it, have it go on. Pure.

Whoever may run a runbook may approve of its dangerous steps, but nobody of what they started themselves or had go on
after a failure: compared by person, by key only where no person is behind. What a trigger started anybody may approve.
"""

from __future__ import annotations

from datetime import datetime

from services.automation.actions.contract import FailReason, StepEnd, WaitsFor
from services.automation.executions.execution import Actor, Execution, StepState
from services.automation.executions.progress import Doing, Next, apply_end, end_cancelled
from shared.events.automation import ExecutionState
from shared.problem import Problem, conflict, not_found

MAX_NOTE = 2000


def approve(execution: Execution, who: Actor, note: str, now: datetime) -> Next:
    """The step that waits for it may run. Raises a `Problem`: 403 for the starter's own, 409 where nothing waits."""
    _require_waiting(execution, WaitsFor.APPROVER)
    require_other(execution, who)
    approved = execution.with_run(
        execution.at,
        approved_by=who,
        note=note[:MAX_NOTE],
        waits_for=None,
        waits_until=None,
        state=StepState.PENDING,
    ).changed(state=ExecutionState.RUNNING, due_at=now)
    if execution.step.type == "approval":
        return apply_end(approved, StepEnd(detail=f"Approved by {who.name}."), now)
    return Next(approved, Doing.GO_ON)


def reject(execution: Execution, who: Actor, note: str, now: datetime) -> Next:
    """The step that waits for an approval is not to run: it has failed. Raises a `Problem` as `approve`.

    The starter may say so too: nothing runs by it.
    """
    _require_waiting(execution, WaitsFor.APPROVER)
    detail = f"Rejected by {who.name}" + (f": {note}" if note else ".")
    noted = execution.with_run(execution.at, done_by=who, note=note[:MAX_NOTE])
    return apply_end(noted, StepEnd(FailReason.REJECTED, detail=detail), now)


def complete(execution: Execution, n: int, who: Actor, note: str, now: datetime, *, is_done: bool) -> Next:
    """A person did the step with this number, from 1, or could not. Raises a `Problem`: 404, or 409 out of turn."""
    if not 1 <= n <= len(execution.steps):
        raise not_found("step of the execution", str(n))
    if execution.at != n - 1 or execution.run.waits_for is not WaitsFor.PERSON:
        raise conflict("step_not_waiting", f"Step {n} does not wait for a person: it is {execution.runs[n - 1].state}.")
    noted = execution.with_run(execution.at, done_by=who, note=note[:MAX_NOTE])
    reason = None if is_done else FailReason.SAID_FAILED
    detail = note or (f"Done by {who.name}." if is_done else f"{who.name} could not do it.")
    return apply_end(noted, StepEnd(reason, detail=detail), now)


def cancel(execution: Execution, who: Actor, now: datetime) -> Execution:
    """It is to end: at once where no step runs, else as soon as who runs it has heard. Raises a 409 `Problem`."""
    if execution.state is ExecutionState.CANCELLED or execution.cancelled_by is not None:
        return execution
    _require_not_over(execution)
    wanted = execution.changed(cancelled_by=who)
    return wanted if execution.is_running else end_cancelled(wanted, now, f"Cancelled by {who.name}.")


def retry(execution: Execution, who: Actor, now: datetime) -> Next:
    """It goes on from the step that failed, or was cancelled, as another attempt. Raises a 409 `Problem`."""
    if execution.state not in (ExecutionState.FAILED, ExecutionState.CANCELLED) or execution.dry_run:
        raise conflict("not_failed", f"Only a failed or cancelled execution goes on; this one is {execution.state}.")
    if not execution.steps or execution.reason in _NEVER_BEGUN:
        raise conflict("never_begun", "It was never begun: run the runbook instead.")
    again = execution.changed(
        state=ExecutionState.RUNNING,
        reason=None,
        detail="",
        attempt=execution.attempt + 1,
        retried_by=who,
        cancelled_by=None,
        failed_at=None,
        ended_at=None,
        expire_at=None,
        due_at=now,
    )
    fresh = {"state": StepState.PENDING, "approved_by": None, "done_by": None, "note": ""}
    for place in range(execution.at, len(execution.steps)):
        again = again.with_run(place, **fresh)
    for place in execution.helpers:
        again = again.with_run(place, **fresh)
    return Next(again, Doing.GO_ON)


_NEVER_BEGUN = (FailReason.QUIET_TIME, FailReason.TOO_LATE, FailReason.TOO_MANY, FailReason.NO_VALUE)


def require_other(execution: Execution, who: Actor) -> None:
    """Raise a 403 `Problem` for whoever started it, or had it go on."""
    if execution.starter.is_same(who) or (execution.retried_by is not None and execution.retried_by.is_same(who)):
        raise Problem(403, "own_approval", "Somebody else than who started it must approve of it.")


def _require_waiting(execution: Execution, on: WaitsFor) -> None:
    _require_not_over(execution)
    if execution.run.waits_for is not on:
        raise conflict("not_waiting", "No step of this execution waits for an approval now.")


def _require_not_over(execution: Execution) -> None:
    if execution.state.is_over:
        raise conflict("execution_over", f"This execution is {execution.state} already.")
