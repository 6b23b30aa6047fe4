"""What comes next in an execution: every decision that its engine makes, as pure functions of what is stored.

The promise: a step that is not repeatable is begun at most once an attempt, and an attempt is made only by a person.
That a step begins is stored before it does (`begin_step`). Whoever finds a step begun, and nobody that has it in hand
any more (`take_over`), cannot know how far it came: one that is repeatable begins again, any other has failed with an
unknown outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.automation.actions.contract import FailReason, RunStep, StepEnd, Waits, WaitsFor
from services.automation.executions.execution import Execution, StepState
from shared.events.automation import ExecutionState

LEASE = timedelta(seconds=15)
"""So long a step that runs is in the hands of the process that began it, unless it says so again."""
MAX_DETAIL = 1000


class Doing(StrEnum):
    """What follows a decision."""

    RUN = "run"
    """The step is begun and is to be run now, by who wrote that."""
    GO_ON = "go_on"
    """There is more to decide at once."""
    REST = "rest"
    """Nothing, until its due time or until somebody does something."""


@dataclass(frozen=True, slots=True)
class Next:
    """An execution as it is to be stored, and what follows."""

    execution: Execution
    doing: Doing


def decide_next(execution: Execution, now: datetime) -> Next:
    """What is due; the order of branches is the order of policy."""
    if execution.state.is_over or (execution.due_at is not None and now < execution.due_at):
        return Next(execution, Doing.REST)
    if execution.cancelled_by is not None:
        return Next(end_cancelled(execution, now), Doing.REST)
    match execution.run.state:
        case StepState.RUNNING:
            return take_over(execution, now)
        case StepState.WAITING:
            return _end_waiting(execution, now)
        case StepState.PENDING:
            return begin_step(execution, now)
        case _:
            return _go_on(execution, now)


def begin_step(execution: Execution, now: datetime) -> Next:
    """Begin the step whose turn it is; a dangerous one waits first for somebody to agree."""
    step, run = execution.step, execution.run
    if step.dangerous and run.approved_by is None and step.type != "approval":
        asks = f"May the step “{step.name}” run?"
        return Next(wait(execution, Waits(WaitsFor.APPROVER, step.approval_seconds, asks), now), Doing.REST)
    begun = execution.with_run(
        execution.at,
        state=StepState.RUNNING,
        attempt=run.attempt + 1,
        started_at=now,
        ended_at=None,
        exit_code=None,
        reason=None,
        detail="",
        output_size=0,
        output_cut=False,
        tail="",
    )
    return Next(begun.changed(state=ExecutionState.RUNNING, due_at=now + LEASE, live=None), Doing.RUN)


def take_over(execution: Execution, now: datetime) -> Next:
    """Decide about a step that was begun by a process that does not have it in hand any more."""
    if execution.step.is_repeatable:
        # the attempt goes on being counted, so that what the dead one still writes is not taken for the new one's
        again = execution.with_run(execution.at, state=StepState.PENDING)
        return begin_step(again, now)
    words = "The process that ran it ended in the middle: it may have been carried out, wholly or in part."
    return apply_end(execution, StepEnd(FailReason.OUTCOME_UNKNOWN, detail=words), now)


def wait(execution: Execution, waits: Waits, now: datetime) -> Execution:
    """The step waits, for a person or for time."""
    until = now + timedelta(seconds=waits.seconds)
    fresh: dict[str, object] = {"asks": waits.text, "asked": [], "answer_id": None, "reason": None}
    waiting = execution.with_run(execution.at, state=StepState.WAITING, waits_for=waits.on, waits_until=until, **fresh)
    is_for_time = waits.on is WaitsFor.TIME
    state = ExecutionState.RUNNING if is_for_time else ExecutionState.WAITING
    return waiting.changed(state=state, due_at=until, live=None)


def _end_waiting(execution: Execution, now: datetime) -> Next:
    """The time of a step that waits is over."""
    match execution.run.waits_for:
        case WaitsFor.TIME:
            return apply_end(execution, StepEnd(), now)
        case WaitsFor.APPROVER:
            words = "Nobody approved of it in time."
            return apply_end(execution, StepEnd(FailReason.APPROVAL_EXPIRED, detail=words), now)
        case _:
            words = "Nobody said in time that it was done."
            return apply_end(execution, StepEnd(FailReason.TIMED_OUT, detail=words), now)


def apply_end(execution: Execution, end: StepEnd, now: datetime, *, output_size: int = 0, tail: str = "") -> Next:
    """The step has ended; what follows is by its success, else by what it says for a failure."""
    run = execution.run
    ended = execution.with_run(
        execution.at,
        state=StepState.SUCCEEDED if end.reason is None else StepState.FAILED,
        ended_at=now,
        started_at=run.started_at or now,
        exit_code=end.exit_code,
        reason=end.reason,
        detail=end.detail[:MAX_DETAIL],
        output_size=output_size,
        output_cut=end.output_cut,
        tail=tail,
        waits_for=None,
        waits_until=None,
    ).changed(live=None, state=ExecutionState.RUNNING, due_at=now)
    return _go_on(ended, now)


def _go_on(execution: Execution, now: datetime) -> Next:
    """The step whose turn it was has ended: the next one, or the end."""
    run, step = execution.run, execution.step
    if execution.failed_at is not None:
        # what ran because another failed has ended, well or not
        return Next(_end_failed(execution, execution.failed_at, now), Doing.REST)
    if run.state is StepState.FAILED and step.on_failure != "continue":
        if isinstance(step.on_failure, RunStep):
            helper = next(n for n, one in enumerate(execution.steps) if one.name == step.on_failure.run)
            return Next(execution.changed(at=helper, failed_at=execution.at, due_at=now), Doing.GO_ON)
        return Next(_end_failed(execution, execution.at, now), Doing.REST)
    following = next_in_order(execution, execution.at + 1)
    if following is None:
        return Next(_end(execution, ExecutionState.SUCCEEDED, now), Doing.REST)
    return Next(execution.changed(at=following, due_at=now), Doing.GO_ON)


def next_in_order(execution: Execution, start: int) -> int | None:
    """The place of the first step from `start` on that has its turn by itself; None where there is none."""
    return next((n for n in range(start, len(execution.steps)) if n not in execution.helpers), None)


def _end_failed(execution: Execution, place: int, now: datetime) -> Execution:
    failed = execution.runs[place]
    code = f" with exit code {failed.exit_code}" if failed.exit_code else ""
    named = f"Step {place + 1} “{execution.steps[place].name}” has failed{code}"
    detail = f"{named}: {failed.detail}" if failed.detail else f"{named}."
    ended = _end(execution, ExecutionState.FAILED, now)
    return ended.changed(reason=failed.reason, detail=detail[:MAX_DETAIL], at=place, failed_at=None)


def end_cancelled(execution: Execution, now: datetime, detail: str = "") -> Execution:
    """It has ended because somebody wanted it to; of a step that ran it is not known how far it came."""
    words = detail or ("It was ended in the middle." if execution.run.state is StepState.RUNNING else "")
    stopped = execution.with_run(
        execution.at, state=StepState.CANCELLED, ended_at=now, detail=words, waits_for=None, waits_until=None
    )
    ended = _end(stopped, ExecutionState.CANCELLED, now)
    return ended.changed(reason=FailReason.CANCELLED, failed_at=None)


def _end(execution: Execution, state: ExecutionState, now: datetime) -> Execution:
    runs = [run.changed(state=StepState.SKIPPED) if run.state is StepState.PENDING else run for run in execution.runs]
    return execution.changed(state=state, runs=runs, ended_at=now, due_at=None, live=None)


def advance(known: Next, now: datetime) -> Next:
    """The same, with all that is to be decided at once decided: what ends a step and begins the next is one write."""
    while known.doing is Doing.GO_ON:
        known = decide_next(known.execution, now)
    return known


def is_in_hand(execution: Execution, begun: Execution) -> bool:
    """True while the step that was begun so is still in the hands of who began it."""
    return (
        not execution.state.is_over
        and execution.at == begun.at
        and execution.run.state is StepState.RUNNING
        and execution.run.attempt == begun.run.attempt
    )
