"""How a drill goes on: it begins, sends its alerts when their time has come, hears of its incidents, and ends.

It ends when all of its alerts were sent and every incident of it is resolved, when its time is up, or when somebody
stops it. A stopped one ends its incidents, also one that opens after it was stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.oncall.drills.drill import (
    MOST_INCIDENTS,
    Drill,
    DrilledIncident,
    DrillReason,
    DueAlert,
    TakenRole,
)
from services.oncall.drills.recurrence import next_start
from shared.events.incidents import IncidentFact
from shared.events.oncall import RUNS_RUNBOOKS, DrillState
from shared.ids import derive_id
from shared.problem import conflict

LATE = timedelta(minutes=15)
"""A drill that could not begin for so long does not begin any more: nobody expects it then."""


@dataclass(frozen=True, slots=True)
class DrillTurn:
    """What becomes of a drill: its next state, the alerts to send, whether others need to know, and its successor."""

    drill: Drill
    alerts: tuple[DueAlert, ...] = ()
    first: int = 0
    """The place of the first of the alerts."""
    is_told: bool = False
    successor: Drill | None = None


def tick(drill: Drill, now: datetime) -> DrillTurn:
    """What is due at `now`; of a drill that has nothing due, itself."""
    due_at = drill.due_at
    if due_at is None or now < due_at:
        return DrillTurn(drill)
    if drill.state is DrillState.SCHEDULED:
        return _begin(drill, now)
    if drill.time_is_up_at is not None and now >= drill.time_is_up_at:
        return DrillTurn(_end(drill, DrillReason.TIME_IS_UP, now), is_told=True)
    if drill.all_resolved_at is not None and now >= drill.all_resolved_at:
        return DrillTurn(_end(drill, DrillReason.ALL_RESOLVED, now), is_told=True)
    return _send(drill, now)


def hear(drill: Drill, fact: IncidentFact, sequence: int, now: datetime) -> DrillTurn:
    """Take in what is told of an incident of the drill; older facts than are known change nothing but roles."""
    known = next((one for one in drill.incidents if one.id == fact.id), None)
    if known is None and len(drill.incidents) >= MOST_INCIDENTS:
        return DrillTurn(drill)
    after = _fold(known, fact, sequence)
    if after == known:
        return DrillTurn(drill)
    others = [one for one in drill.incidents if one.id != fact.id]
    incidents = tuple(sorted([*others, after], key=lambda one: (one.created_at, one.id)))
    drill = drill.changed(incidents=incidents)
    is_late = known is None and drill.ends_incidents and after.is_open
    over_at = drill.all_resolved_at
    if drill.state is DrillState.RUNNING and over_at is not None and now >= over_at:
        return DrillTurn(_end(drill, DrillReason.ALL_RESOLVED, now), is_told=True)
    return DrillTurn(drill, is_told=is_late)


def stop(drill: Drill, reason: DrillReason, by: str | None, now: datetime) -> DrillTurn:
    """Stop it: no more alerts, and its open incidents are over. Raises a 409 `Problem` where there is nothing to stop.

    One whose time was up stays scored as it is.
    """
    if drill.ends_incidents or (drill.is_over and not drill.has_open_incidents):
        raise conflict("drill_is_over", f"This drill is {drill.state.value}; there is nothing left to stop.")
    stopped = drill.changed(ends_incidents=True, stopped_by=by)
    if not drill.is_over:
        stopped = stopped.changed(state=DrillState.CANCELLED, reason=reason, ended_at=now)
    return DrillTurn(stopped, is_told=True)


def _begin(drill: Drill, now: datetime) -> DrillTurn:
    if now - drill.starts_at > LATE:
        missed = drill.changed(state=DrillState.CANCELLED, reason=DrillReason.MISSED, ended_at=now)
        return _with_successor(DrillTurn(missed, is_told=True), now)
    begun = drill.changed(state=DrillState.RUNNING, reason=DrillReason.BEGUN, started_at=now)
    sent = _send(begun, now)
    return _with_successor(DrillTurn(sent.drill, sent.alerts, sent.first, is_told=True), now)


def _with_successor(turn: DrillTurn, now: datetime) -> DrillTurn:
    """With the next drill of the series, where there is one; what would have come meanwhile is passed over."""
    drill, plan = turn.drill, turn.drill.plan
    if plan.rrule is None:
        return turn
    starts_at = next_start(plan.rrule, plan.first_at, max(drill.starts_at, now), plan.time_zone)
    if starts_at is None:
        return turn
    successor = Drill(
        id=derive_id(plan.series, starts_at.isoformat(), prefix=RUNS_RUNBOOKS if plan.run_runbooks else "drl_"),
        plan=plan,
        starts_at=starts_at,
        people=drill.people,
        created_at=now,
    )
    return DrillTurn(drill.changed(successor=successor.id), turn.alerts, turn.first, turn.is_told, successor)


def _send(drill: Drill, now: datetime) -> DrillTurn:
    began = drill.started_at or now
    due = [one for one in drill.plan.alerts[drill.sent :] if began + timedelta(seconds=one.after_seconds) <= now]
    if not due:
        return DrillTurn(drill)
    return DrillTurn(drill.changed(sent=drill.sent + len(due), sent_at=now), tuple(due), drill.sent)


def _end(drill: Drill, reason: DrillReason, now: datetime) -> Drill:
    return drill.changed(state=DrillState.FINISHED, reason=reason, ended_at=now)


def _fold(known: DrilledIncident | None, fact: IncidentFact, sequence: int) -> DrilledIncident:
    taken = {
        (one.role, one.user_id): TakenRole(role=one.role, user_id=one.user_id, at=one.since)
        for one in fact.roles
        if one.since is not None
    }
    roles = {(one.role, one.user_id): one for one in (known.roles if known else ())}
    for key, one in taken.items():
        roles[key] = min((one, roles.get(key, one)), key=lambda role: role.at)
    merged = tuple(sorted(roles.values(), key=lambda one: (one.at, one.role, one.user_id)))
    if known is not None and sequence <= known.sequence:
        return known.changed(roles=merged)
    return DrilledIncident(
        id=fact.id,
        sequence=sequence,
        title=fact.title,
        service_id=fact.service_id,
        created_at=fact.created_at,
        is_open=fact.status.is_open,
        acknowledged_at=fact.acknowledged_at,
        acknowledged_by=fact.acknowledged_by,
        first_finding_at=fact.first_finding_at,
        first_finding_by=fact.first_finding_by,
        resolved_at=None if fact.status.is_open else fact.resolved_at,
        resolved_by=None if fact.status.is_open else fact.resolved_by,
        roles=merged,
    )
