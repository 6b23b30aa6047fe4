"""What the clock decides for an escalation: pages whose time has come, the next step, an acknowledgement that ran
out, a snooze whose end nobody told of.
"""

from __future__ import annotations

from datetime import datetime

from services.oncall.directory.snapshot import Directory
from services.oncall.escalation import steps as stepping
from services.oncall.escalation.escalation import Decision, Escalation, Reason
from services.oncall.escalation.incident_news import end_hold, wake
from shared.events.oncall import EscalationState


def tick(escalation: Escalation, directory: Directory, now: datetime) -> Decision:
    """What is due at `now`; an escalation that has nothing due comes back as it was."""
    due_at = escalation.due_at
    if due_at is None or now < due_at:
        return Decision(escalation)
    match escalation.state:
        case EscalationState.RUNNING | EscalationState.EXHAUSTED:
            return _go_on(escalation, directory, now)
        case EscalationState.ANSWERED:
            ran_out = escalation.changed(ack_due_at=None, ack_timed_out=escalation.answered)
            return Decision(ran_out.note(Reason.ACK_TIMED_OUT, now), told=Reason.ACK_TIMED_OUT)
        case EscalationState.SNOOZED:
            return wake(escalation, directory, now)
        case _:
            return Decision(escalation)


def _go_on(escalation: Escalation, directory: Directory, now: datetime) -> Decision:
    """Pages of delayed rules first, then the next step when its time has come; a hold that is over begins the first."""
    if escalation.is_held:
        return end_hold(escalation, Reason.HOLD_OVER, directory, now)
    escalation, pages = stepping.take_due_pages(escalation, directory, now)
    if escalation.policy is None or escalation.next_step_at is None or now < escalation.next_step_at:
        return stepping.fall_back_if_lost(Decision(escalation, pages), escalation.round, directory, now)
    after = (escalation.step + 1, escalation.round)
    moved = stepping.start_step(escalation, escalation.policy, directory, now, at=after)
    return Decision(escalation, pages).then(moved)
