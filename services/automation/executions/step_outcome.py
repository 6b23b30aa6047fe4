"""What follows when the process that ran a step has something to say of its end. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.automation.actions.contract import FailReason, Message, StepEnd, Waits
from services.automation.executions.execution import Execution, StepState
from services.automation.executions.progress import Doing, Next, apply_end, end_cancelled, wait


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step's attempt ended, or that it waits, with what it wrote; None: it was ended in the middle."""

    ending: StepEnd | Waits | None
    output_size: int = 0
    tail: str = ""
    is_cut: bool = False

    @property
    def message(self) -> Message | None:
        """What is told with its end."""
        return self.ending.message if isinstance(self.ending, StepEnd) else None


def decide_end(execution: Execution, outcome: Outcome, now: datetime) -> Next:
    """What follows; the order of branches is the order of policy."""
    ending = outcome.ending
    if execution.cancelled_by is not None:
        return Next(_cancelled(execution, outcome, now), Doing.REST)
    if isinstance(ending, Waits):
        return Next(wait(execution, ending, now), Doing.REST)
    if ending is None and execution.step.is_repeatable:
        # this process is told to end: another one begins the step again
        return Next(execution.with_run(execution.at, state=StepState.PENDING).changed(due_at=now), Doing.GO_ON)
    if ending is None:
        words = "Automation was told to end while it ran: it may have been carried out in part."
        ending = StepEnd(FailReason.OUTCOME_UNKNOWN, detail=words)
    if outcome.is_cut:
        ending = replace(ending, output_cut=True)
    return apply_end(execution, ending, now, output_size=outcome.output_size, tail=outcome.tail)


def _cancelled(execution: Execution, outcome: Outcome, now: datetime) -> Execution:
    """Somebody wanted it to end meanwhile: what is known of the step is kept."""
    end = outcome.ending if isinstance(outcome.ending, StepEnd) else StepEnd()
    kept = execution.with_run(
        execution.at,
        exit_code=end.exit_code,
        output_size=outcome.output_size,
        output_cut=outcome.is_cut or end.output_cut,
        tail=outcome.tail,
    )
    return end_cancelled(kept, now, end.detail)
