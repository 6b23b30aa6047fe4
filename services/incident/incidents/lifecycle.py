"""What entering a status does to an incident, and what makes people be paged again.

Each need to page from step 1 is a generation; acknowledging answers all generations so far. Each status keeps the time
it was first entered; the first acknowledgement stays the one that counts.
"""

from __future__ import annotations

from datetime import datetime

from services.incident.incidents.incident import Incident, Reopening
from services.incident.incidents.participants import with_participants
from services.incident.incidents.transitions import Move
from services.incident.sla.record import SlaRecord
from shared.events.command import ClockState
from shared.events.incidents import Paging, PagingAlert
from shared.vocabulary import IncidentStatus, PageReason, Priority, Severity


def enter_status(
    incident: Incident, to: IncidentStatus, move: Move, at: datetime, *, by: str, user_id: str | None = None
) -> Incident:
    """The incident after a legal `move` to the status `to` at `at`.

    `by` names who did it; `user_id` is the person's id, None for a key or for the system.
    """
    after = incident.changed(status=to, first_entered={to: at, **incident.first_entered}, resolve_due_at=None)
    match move:
        case Move.ACKNOWLEDGE:
            return answer(_respond(after, at, by), user_id)
        case Move.RESOLVE:
            return after.changed(
                resolved_at=at,
                resolved_by=by,
                snoozed_until=None,
                sla=after.sla.changed(resolved_at=at),
            )
        case Move.REOPEN:
            # whoever reopens has it in hand: nobody is paged before an alert of it fires again, and the new record is
            # answered from its start
            reopened = after.changed(
                resolved_at=None,
                resolved_by=None,
                reopened=Reopening(at=at, alerts=after.alerts.count),
                past_sla=[*after.past_sla, after.sla],
                sla=SlaRecord(
                    started_at=at,
                    support_hours=after.sla.support_hours,
                    responded_at=at,
                    response_told=ClockState.MET,
                ),
            )
            return answer(reopened, user_id)
        case _:
            return after


def answer(incident: Incident, user_id: str | None) -> Incident:
    """The incident after somebody answered every generation of pages so far; `user_id` takes it, where known."""
    taken = incident.taken_by
    if user_id is not None and user_id not in taken:
        taken = [*taken, user_id]
    paging = incident.paging.changed(answered=incident.paging.generation)
    return with_participants(incident.changed(paging=paging, taken_by=taken), [user_id])


def page_again(
    incident: Incident,
    reason: PageReason,
    cause: str,
    cause_at: datetime | None = None,
    alert: PagingAlert | None = None,
) -> Incident:
    """The incident with another generation of pages; `cause` is the id of what made it necessary, at `cause_at`.

    `alert` is what that was, where it was an alert that joined.
    """
    paging = Paging(
        generation=incident.paging.generation + 1,
        answered=incident.paging.answered,
        reason=reason,
        cause=cause,
        cause_at=cause_at,
        alert=alert,
    )
    return incident.changed(paging=paging)


def time_out(incident: Incident, at: datetime, cause: str) -> Incident:
    """The incident after its acknowledgement ran out: triggered, nobody has it, people are paged again."""
    back = enter_status(incident, IncidentStatus.TRIGGERED, Move.ACK_TIMEOUT, at, by="")
    return page_again(back.changed(taken_by=[]), PageReason.ACK_TIMEOUT, cause)


def rate(incident: Incident, severity: Severity, priority: Priority, cause: str) -> Incident:
    """The incident with this severity and priority; what rises to critical while it is open pages from step 1.

    That also ends a snooze.
    """
    rises = (severity is Severity.CRITICAL and incident.severity is not Severity.CRITICAL) or (
        priority is Priority.CRITICAL and incident.priority is not Priority.CRITICAL
    )
    after = incident.changed(severity=severity, priority=priority)
    if not rises or not incident.status.is_open:
        return after
    # whoever snoozed it had judged a lesser thing
    return page_again(after.changed(snoozed_until=None), PageReason.REESCALATED, cause)


def _respond(incident: Incident, at: datetime, by: str) -> Incident:
    """The first acknowledgement is the one that the clocks and the metrics know."""
    update: dict[str, object] = {}
    if incident.acknowledged_at is None:
        update |= {"acknowledged_at": at, "acknowledged_by": by}
    if incident.sla.responded_at is None:
        update["sla"] = incident.sla.changed(responded_at=at)
    return incident.changed(**update)
