"""What others are told of executions, as facts and events. Pure."""

from __future__ import annotations

from datetime import datetime

from services.automation.actions.contract import FailReason, Message, WaitsFor
from services.automation.executions.execution import Execution, StepState
from shared.clocks.epoch import to_millis
from shared.events import Event, make
from shared.events.automation import (
    MOST_OF_OUTPUT,
    ApprovalFact,
    ApprovalOutcome,
    ExecutionFact,
    ExecutionState,
    HoldingRun,
    NoticeFact,
    OutputLine,
    WaitingFact,
)
from shared.ids import derive_id

STARTED = "execution.started.v1"
WAITING = "execution.waiting.v1"
PROGRESSED = "execution.progressed.v1"
FINISHED = "execution.finished.v1"
APPROVAL_SETTLED = "approval.settled.v1"
NOTICE = "notice.requested.v1"
LINE = 2000
"""Characters of an output's end that stand on the timeline."""


def execution_fact(execution: Execution) -> ExecutionFact:
    """How an execution stands, without its parameters and its output."""
    has_step = bool(execution.steps) and execution.at < len(execution.steps)
    return ExecutionFact(
        id=execution.id,
        runbook_id=execution.runbook_id,
        runbook_version=execution.runbook_version,
        runbook_name=execution.runbook_name,
        incident_id=execution.incident_id,
        service_id=execution.service_id,
        team=execution.incident_team,
        runbook_team=execution.team,
        state=execution.state,
        reason=execution.reason.value if execution.reason is not None else None,
        detail=execution.detail,
        step=execution.at + 1 if has_step else 0,
        step_name=execution.step.name if has_step else "",
        steps=len(execution.steps),
        output_size=output_size_of(execution),
        started_by=execution.starter.name,
        trigger=execution.matched.criteria if execution.is_triggered and execution.matched is not None else [],
        hold_pages_seconds=execution.hold_pages_seconds,
        dry_run=execution.dry_run,
        drill_id=execution.drill_id,
        attempt=execution.attempt,
        waiting=waiting_fact(execution),
        created_at=execution.created_at,
        ended_at=execution.ended_at,
    )


def output_size_of(execution: Execution) -> int:
    """Characters of output that there are of the step whose turn it is."""
    if execution.live is not None:
        return execution.live.output_size
    return execution.run.output_size if execution.runs else 0


def waiting_fact(execution: Execution) -> WaitingFact | None:
    """What it waits for; None where that is no person."""
    if execution.state is not ExecutionState.WAITING or execution.run.waits_until is None:
        return None
    return WaitingFact(
        n=execution.at + 1,
        name=execution.names[execution.at],
        needs_approval=execution.run.waits_for is WaitsFor.APPROVER,
        asks=execution.run.asks,
        until=execution.run.waits_until,
        approvers=execution.run.asked,
    )


def event_type(before: Execution | None, after: Execution) -> str | None:
    """What is told of a change; None where nothing is."""
    if after.state.is_over:
        return None if before is not None and before.state is after.state else FINISHED
    if before is None or after.attempt != before.attempt:
        return STARTED
    is_asked_anew = before.state is not ExecutionState.WAITING or before.at != after.at
    if after.state is ExecutionState.WAITING and is_asked_anew:
        return WAITING
    if output_size_of(after) > output_size_of(before) or after.at != before.at or after.run.state != before.run.state:
        return PROGRESSED
    return None


def approval_fact(before: Execution | None, after: Execution, now: datetime) -> ApprovalFact | None:
    """What became of the approval that was waited for before this change; None where none was, or it still is."""
    if before is None or not before.needs_approval or before.run.waits_until is None:
        return None
    run = after.runs[before.at]
    if run.waits_for is WaitsFor.APPROVER and not after.state.is_over:
        return None
    outcome, who = ApprovalOutcome.CANCELLED, after.cancelled_by
    if run.approved_by is not None:
        outcome, who = ApprovalOutcome.APPROVED, run.approved_by
    elif run.reason is FailReason.REJECTED:
        outcome, who = ApprovalOutcome.REJECTED, run.done_by
    elif run.reason is FailReason.APPROVAL_EXPIRED:
        outcome, who = ApprovalOutcome.EXPIRED, None
    return ApprovalFact(
        execution_id=after.id,
        incident_id=after.incident_id,
        runbook_name=after.runbook_name,
        n=before.at + 1,
        step_name=after.names[before.at],
        until=before.run.waits_until,
        outcome=outcome,
        user_id=who.user_id if who is not None else None,
        by=who.name if who is not None else "",
        answer_id=run.answer_id,
        drill_id=after.drill_id,
        at=now,
    )


def approval_event(fact: ApprovalFact) -> Event:
    """The event of it; of one waiting, or one refused answer, there is one."""
    subject = fact.answer_id if fact.outcome is ApprovalOutcome.REFUSED and fact.answer_id else fact.execution_id
    until = to_millis(fact.until)
    return make(
        APPROVAL_SETTLED,
        subject=fact.execution_id,
        sequence=to_millis(fact.at),
        time=fact.at,
        data=fact,
        correlation=fact.execution_id,
        id=derive_id(subject, fact.n, until, fact.outcome.value, prefix="apr_"),
    )


def event_of(name: str, execution: Execution, now: datetime, cause: Event | None = None) -> Event:
    """The event; `execution` has the version that it is stored with."""
    return make(
        name,
        subject=execution.id,
        sequence=execution.version,
        time=now,
        data=execution_fact(execution),
        cause=cause,
        correlation=None if cause else execution.id,
    )


def output_lines(before: Execution | None, after: Execution) -> list[OutputLine]:
    """What the timeline is to be told of the outputs of steps that ended by this change, as a rule of one."""
    if before is None:
        return []
    return [
        OutputLine(
            id=f"{after.id}:{place + 1}:{run.attempt}",
            incident_id=after.incident_id,
            runbook_name=after.runbook_name,
            n=place + 1,
            step_name=after.names[place],
            succeeded=run.reason is None and run.state is StepState.SUCCEEDED,
            exit_code=run.exit_code,
            text=run.tail[-LINE:].strip(),
            is_whole=run.output_size <= LINE and not run.output_cut,
            at=run.ended_at,
        )
        for place, (run, was) in enumerate(zip(after.runs, before.runs, strict=True))
        if run.ended_at is not None and run.ended_at != was.ended_at and run.tail.strip()
    ]


def holding_run(before: Execution | None, after: Execution, now: datetime) -> HoldingRun | None:
    """What on-call is told of a change of a runbook for which it holds pages up; None where it need not know.

    Only what a trigger started holds pages up, and in a drill, where it is but shown, nothing does.
    """
    if not after.is_triggered or after.dry_run or after.hold_pages_seconds == 0:
        return None
    is_news = before is None or before.state.is_over is not after.state.is_over
    if not is_news:
        return None
    has_failed = after.state in (ExecutionState.FAILED, ExecutionState.CANCELLED) and bool(after.runs)
    run = after.runs[after.at] if has_failed else None
    if run is not None and run.state not in (StepState.FAILED, StepState.CANCELLED):
        run = None  # it was not even begun
    text = run.tail.strip() if run is not None else ""
    return HoldingRun(
        execution_id=after.id,
        version=after.version,
        incident_id=after.incident_id,
        runbook_id=after.runbook_id,
        runbook_name=after.runbook_name,
        state=after.state,
        attempt=after.attempt,
        reason=after.reason.value if after.reason is not None else None,
        detail=after.detail,
        step=after.at + 1 if run is not None else 0,
        step_name=after.names[after.at] if run is not None else "",
        exit_code=run.exit_code if run is not None else None,
        output=text[-MOST_OF_OUTPUT:],
        output_is_whole=run is None or (run.output_size <= MOST_OF_OUTPUT and not run.output_cut),
        created_at=after.created_at,
        at=now,
    )


def notice_event(execution: Execution, message: Message, now: datetime) -> Event:
    """What a step has people told; the same attempt at the same step tells the same."""
    notice_id = derive_id(execution.id, execution.at, execution.run.attempt, prefix="not_")
    fact = NoticeFact(
        id=notice_id,
        execution_id=execution.id,
        incident_id=execution.incident_id,
        incident_title=execution.incident_title,
        runbook_name=execution.runbook_name,
        text=message.text,
        people=list(message.people),
        teams=list(message.teams),
        drill_id=execution.drill_id,
        at=now,
    )
    return make(NOTICE, subject=notice_id, sequence=1, time=now, data=fact, correlation=execution.id)
