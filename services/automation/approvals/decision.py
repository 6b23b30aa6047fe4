"""What an answer from a message or a link does: the same as over HTTP, for one waiting only. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.automation.executions.answers import approve, reject
from services.automation.executions.execution import Actor, Execution
from shared.clocks.epoch import to_millis
from shared.events.automation import ApprovalFact, ApprovalOutcome
from shared.problem import conflict


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of one person to one waiting."""

    execution_id: str
    n: int
    """The step's number, from 1."""
    until: datetime
    """The end of the waiting that it answers."""
    user_id: str
    approve: bool
    id: str | None = None
    """Of one that may be told twice: the same both times."""


def is_asked(execution: Execution, n: int, until: datetime) -> bool:
    """True while the execution waits for this approval; `until` may have lost what is smaller than a millisecond."""
    waits_until = execution.run.waits_until if execution.needs_approval else None
    return waits_until is not None and execution.at == n - 1 and to_millis(waits_until) == to_millis(until)


def decide_answer(execution: Execution, answer: Answer, now: datetime) -> Execution:
    """The execution after it. Told again, an answer that has decided changes nothing.

    Raises a `Problem`: 409 when this waiting is over, 403 for who may not approve of their own.
    """
    if answer.id is not None and any(run.answer_id == answer.id for run in execution.runs):
        return execution
    if not is_asked(execution, answer.n, answer.until) or now >= answer.until:
        raise conflict("not_waiting", "This was decided already, or its time is over.")
    noted = execution.with_run(execution.at, answer_id=answer.id)
    decide = approve if answer.approve else reject
    return decide(noted, Actor(user_id=answer.user_id, name=answer.user_id), "", now).execution


def refusal(execution: Execution, answer: Answer, code: str, now: datetime) -> ApprovalFact:
    """That an answer did not count, as it is told to where it came from; `code` says why."""
    return ApprovalFact(
        execution_id=execution.id,
        incident_id=execution.incident_id,
        runbook_name=execution.runbook_name,
        n=answer.n,
        step_name=execution.names[answer.n - 1] if answer.n <= len(execution.names) else "",
        until=answer.until,
        outcome=ApprovalOutcome.REFUSED,
        user_id=answer.user_id,
        by=answer.user_id,
        answer_id=answer.id,
        code=code,
        drill_id=execution.drill_id,
        at=now,
    )
