"""What news of an incident mean for its escalation: start, go on, start over, or stop at once.

People are paged while the incident is open, not snoozed and `generation > answered`. Each new generation starts over
at step 1 under its own reason. Facts carry the whole state of the incident: the newest sequence wins and older ones
change nothing, so any order and repetition of them ends in the same place.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from services.oncall.directory import policy
from services.oncall.directory.policy import Choice
from services.oncall.directory.snapshot import Directory
from services.oncall.escalation import steps as stepping
from services.oncall.escalation.escalation import Decision, Escalation, Hold, Reason
from services.oncall.escalation.hold import find_hold
from shared.events.incidents import IncidentFact, Position
from shared.events.oncall import EscalationState, FailedRunbook, PagedIncident, runs_runbooks
from shared.ids import derive_id
from shared.vocabulary import IncidentStatus

SNOOZE_GRACE = timedelta(seconds=5)
"""The incident ends its own snooze; if it says nothing for so long, the escalation goes on by itself."""

_DESCRIPTION_LIMIT = 2000


class Need(Enum):
    """What an incident needs of its escalation; the value is the state that gives it."""

    PAGING = EscalationState.RUNNING
    NOTHING_ANSWERED = EscalationState.ANSWERED
    NOTHING_SNOOZED = EscalationState.SNOOZED
    NOTHING_ENDED = EscalationState.ENDED


def need(fact: IncidentFact, now: datetime) -> tuple[Need, Reason]:
    """What this state of an incident asks for, and why; in the order of what counts most."""
    if fact.imported:
        return Need.NOTHING_ENDED, Reason.IMPORTED
    if fact.merged_into is not None:
        return Need.NOTHING_ENDED, Reason.MERGED
    if not fact.status.is_open:
        return Need.NOTHING_ENDED, Reason.RESOLVED
    if fact.snoozed_until is not None and now < fact.snoozed_until:
        return Need.NOTHING_SNOOZED, Reason.SNOOZED
    if fact.paging.answered >= fact.paging.generation:
        return Need.NOTHING_ANSWERED, Reason.ANSWERED
    return Need.PAGING, Reason.STARTED


def apply_incident(
    known: Escalation | None, fact: IncidentFact, sequence: int, directory: Directory, now: datetime
) -> Decision | None:
    """The decision that follows from an incident's fact; None when its `sequence` is not newer than the known one."""
    if known is not None and sequence <= known.incident_sequence:
        return None
    before = known or Escalation(incident=_to_paged_incident(fact), urgency=fact.urgency, incident_sequence=0)
    needed, _ = need(fact, now)
    escalation = before.changed(
        incident=_to_paged_incident(fact),
        urgency=fact.urgency,
        team=fact.team,
        drill=fact.drill_id is not None,
        drill_runs_runbooks=runs_runbooks(fact.drill_id),
        effects=tuple(fact.effects),
        incident_sequence=sequence,
        generation=max(before.generation, fact.paging.generation),
        answered=max(before.answered, fact.paging.answered),
        reason=fact.paging.reason,
        moved_on_from=fact.paging.moved_on_from,
    )
    escalation = _with_policy(escalation, fact, directory) if needed is not Need.NOTHING_ENDED else escalation
    if needed is not Need.PAGING:
        return _stop(before, escalation, fact, now)
    grown = escalation.generation > before.generation
    stood = fact.paging.moved_on_from
    if not grown and before.state not in (EscalationState.SNOOZED, EscalationState.ENDED, EscalationState.ANSWERED):
        if stood == before.moved_on_from:
            return Decision(escalation)
        # a call to go on that is gone, or goes back, had a snooze before it of which nothing was heard: start over
        if stood is not None and before.is_held:
            return end_hold(escalation, Reason.BY_HAND, directory, now)
        if stood is not None and _is_further(stood, before) and escalation.policy and escalation.policy.steps:
            return stepping.start_step_by_hand(escalation, escalation.policy, stood, directory, now)
    cause = fact.paging.cause if grown else derive_id(fact.paging.cause, "again", sequence)
    begun = escalation.changed(cause=cause, caused_at=fact.paging.cause_at if grown else None)
    hold = find_hold(fact, directory.runbooks, before.held_for, now) if grown else None
    return start(begun, _why(before, begun), directory, now, hold)


def start(
    escalation: Escalation, why: Reason, directory: Directory, now: datetime, hold: Hold | None = None
) -> Decision:
    """Begin with nothing left over from before: at step 1, or after the step where somebody had it escalated.

    Where there is a `hold`, step 1 begins only once that is over.
    """
    escalation = escalation.changed(
        step=0, round=0, pending=(), notified=(), ack_due_at=None, wake_at=None, next_step_at=None, hold=hold
    ).note(why, now)
    if escalation.own_choice is not None:
        escalation = escalation.changed(
            policy=escalation.own_policy, choice=escalation.own_choice, own_policy=None, own_choice=None
        )
    return _begin(escalation, directory, now) if hold is None else _hold_back(escalation, hold, now)


def end_hold(
    escalation: Escalation, why: Reason, directory: Directory, now: datetime, failure: FailedRunbook | None = None
) -> Decision:
    """The first step waits no longer: it begins. `failure`: the runbook that did not do without people."""
    hold = escalation.hold
    if hold is None or not escalation.is_held:
        return Decision(escalation)
    ended = escalation.changed(hold=hold.changed(end=why, ended_at=now, failure=failure), next_step_at=None)
    names = hold.names if failure is None else (failure.name,)
    return _begin(ended.note_runbooks(why, now, names, detail=failure.detail if failure else ""), directory, now)


def _hold_back(escalation: Escalation, hold: Hold, now: datetime) -> Decision:
    """The first step waits: its time is stored, as that of any step is."""
    held = escalation.changed(
        state=EscalationState.RUNNING,
        next_step_at=hold.until,
        held_for=(*escalation.held_for, *(one.id for one in hold.runbooks)),
    )
    return Decision(held.note_runbooks(Reason.HELD, now, hold.names, until=hold.until), told=Reason.HELD)


def _begin(escalation: Escalation, directory: Directory, now: datetime) -> Decision:
    copied = escalation.policy
    if copied is None:
        unknown = escalation.choice is Choice.NOBODY_UNKNOWN_POLICY
        reason = Reason.NOBODY_UNKNOWN_POLICY if unknown else Reason.NOBODY_NO_POLICY
        return stepping.fall_back(escalation, directory, now) or _nobody(escalation, reason, now)
    if not copied.steps:
        return stepping.fall_back(escalation, directory, now) or _nobody(escalation, Reason.NOBODY_NO_STEPS, now)
    stood = escalation.moved_on_from
    # who had it escalated while the first step waited moved on from nothing
    at = stepping.step_after(copied, stood) if stood is not None and escalation.hold is None else (1, 0)
    return stepping.start_step(escalation, copied, directory, now, at=at)


def wake(escalation: Escalation, directory: Directory, now: datetime) -> Decision:
    """A snooze that is over, but of whose end the incident said nothing."""
    if escalation.answered >= escalation.generation:
        return Decision(escalation.changed(state=EscalationState.ANSWERED, wake_at=None))
    cause = derive_id(escalation.cause, "woken", escalation.wake_at)
    return start(escalation.changed(cause=cause, caused_at=None), Reason.RESUMED, directory, now)


def _is_further(stood: Position, before: Escalation) -> bool:
    known = before.moved_on_from
    return known is None or (stood.round, stood.step) > (known.round, known.step)


def _why(before: Escalation, begun: Escalation) -> Reason:
    if begun.generation == before.generation:
        return Reason.BY_HAND if begun.moved_on_from not in (None, before.moved_on_from) else Reason.RESUMED
    if begun.moved_on_from is not None:
        return Reason.BY_HAND
    return Reason.STARTED if before.generation == 0 else Reason.RESTARTED


def _stop(before: Escalation, escalation: Escalation, fact: IncidentFact, now: datetime) -> Decision:
    needed, reason = need(fact, now)
    stopped = escalation.changed(
        state=needed.value,
        pending=(),
        next_step_at=None,
        wake_at=fact.snoozed_until + SNOOZE_GRACE if needed is Need.NOTHING_SNOOZED and fact.snoozed_until else None,
        ack_due_at=_ack_due_at(before, escalation, fact, now) if needed is Need.NOTHING_ANSWERED else None,
    )
    never_began = before.incident_sequence == 0 and needed is Need.NOTHING_ENDED
    if before.is_held and before.hold is not None:
        stopped = stopped.changed(hold=before.hold.changed(end=reason, ended_at=now))
    newly_answered = needed is Need.NOTHING_ANSWERED and before.answered < escalation.answered
    if never_began:
        return Decision(stopped.note(reason, now))
    if before.state is needed.value and not newly_answered:
        return Decision(stopped)
    dropped = before.pending
    noted = stopped.note(reason, now, [page.user_id for page in dropped], [page.method_id for page in dropped])
    return Decision(noted, told=reason)


def _ack_due_at(before: Escalation, escalation: Escalation, fact: IncidentFact, now: datetime) -> datetime | None:
    """When the acknowledgement runs out: counted from the moment the engine heard of it, while the status stays so."""
    seconds = escalation.policy.ack_timeout_seconds if escalation.policy else None
    if seconds is None or fact.status is not IncidentStatus.ACKNOWLEDGED or before.ack_timed_out >= escalation.answered:
        return None
    if before.ack_due_at is not None and before.answered == escalation.answered:
        return before.ack_due_at
    return now + timedelta(seconds=seconds)


def _with_policy(escalation: Escalation, fact: IncidentFact, directory: Directory) -> Escalation:
    """The policy is copied once, when the escalation starts; later edits do not touch the copy."""
    if escalation.policy is not None or escalation.own_choice is not None:
        return escalation
    named = fact.escalation_policy_id
    copied, choice = policy.choose(named, fact.service_id, directory.default_policy, directory.policies)
    return escalation.changed(policy=copied, choice=choice)


def _nobody(escalation: Escalation, reason: Reason, now: datetime) -> Decision:
    return Decision(escalation.changed(state=EscalationState.NOBODY).note(reason, now), told=reason)


def _to_paged_incident(fact: IncidentFact) -> PagedIncident:
    return PagedIncident(
        id=fact.id,
        title=fact.title,
        description=fact.description[:_DESCRIPTION_LIMIT],
        status=fact.status,
        severity=fact.severity,
        priority=fact.priority,
        service_id=fact.service_id,
        service_name=fact.service_name,
    )
