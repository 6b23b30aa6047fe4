"""What news of a runbook mean for the step that waits for it. Pure.

A failed, refused, rejected or cancelled run ends the hold at once, whichever of several runbooks it was; one that ended
well leaves it as it is, for the alert is yet to say that all is well. Nothing that comes later changes what has begun.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.oncall.directory.snapshot import Directory
from services.oncall.escalation.escalation import Decision, Escalation, Hold, Reason
from services.oncall.escalation.incident_news import end_hold
from shared.events.automation import ExecutionState, HoldingRun
from shared.events.oncall import FailedRunbook

NOT_BEGUN = ("quiet_time", "too_late", "too_many", "no_value")
"""Reasons for which a runbook that matched was not even begun."""


def apply_runs(
    escalation: Escalation, runs: Iterable[HoldingRun], directory: Directory, now: datetime
) -> Decision | None:
    """The decision that follows from all that is known of the runs of one incident; None where nothing does."""
    hold = escalation.hold
    if hold is None or not escalation.is_held:
        return None
    wanted = {one.id for one in hold.runbooks}
    ours = sorted((run for run in runs if run.runbook_id in wanted), key=lambda run: (run.at, run.execution_id))
    for run in ours:
        why = _ends_by(escalation, run)
        if why is not None:
            failure = _failure(run) if why is not Reason.RUNBOOK_RAN_BEFORE else None
            return end_hold(escalation, why, directory, now, failure)
    done = {run.runbook_id: run.at for run in ours if run.state is ExecutionState.SUCCEEDED}
    return _note_success(escalation, hold, done, now)


def _ends_by(escalation: Escalation, run: HoldingRun) -> Reason | None:
    """Why this run ends the hold; None: it does not. The order of branches is the order of policy."""
    began = escalation.caused_at
    if escalation.generation > 1 and began is not None and run.created_at < began:
        return Reason.RUNBOOK_RAN_BEFORE  # an alert that joined before had it start: it does not again
    if run.reason in NOT_BEGUN:
        return Reason.RUNBOOK_NOT_BEGUN
    if run.state in (ExecutionState.FAILED, ExecutionState.CANCELLED) or run.attempt > 1:
        return Reason.RUNBOOK_FAILED
    return None


def _note_success(escalation: Escalation, hold: Hold, done: dict[str, datetime], now: datetime) -> Decision | None:
    new = [one for one in hold.runbooks if one.id in done and one.succeeded_at is None]
    if not new:
        return None
    runbooks = tuple(one.changed(succeeded_at=done[one.id]) if one in new else one for one in hold.runbooks)
    noted = escalation.changed(hold=hold.changed(runbooks=runbooks))
    return Decision(noted.note_runbooks(Reason.RUNBOOK_SUCCEEDED, now, [one.name for one in new], until=hold.until))


def _failure(run: HoldingRun) -> FailedRunbook:
    """What pages say of it."""
    return FailedRunbook(
        runbook_id=run.runbook_id,
        name=run.runbook_name,
        execution_id=run.execution_id,
        state=run.state.value,
        reason=run.reason,
        detail=run.detail,
        step=run.step,
        step_name=run.step_name,
        exit_code=run.exit_code,
        output=run.output,
        output_is_whole=run.output_is_whole,
    )
