"""What people may do to an incident over HTTP: begin one, acknowledge it, change its status or rating, resolve it.

Each is a decision on the incident as it stands; asking for what it already is changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from services.incident.catalogue.rating_defaults import UrgencyRule, priority_for, severity_for
from services.incident.catalogue.service_definition import Service
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import MAX_TEXT, MAX_TITLE, Incident
from services.incident.incidents.lifecycle import answer, enter_status, rate
from services.incident.incidents.participants import with_participants
from services.incident.incidents.transitions import Move, judge_move
from services.incident.sla.record import SlaRecord
from services.incident.timeline.entry import EntryKind, Line
from shared.events.incidents import Paging
from shared.problem import conflict
from shared.vocabulary import Category, IncidentStatus, Priority, Severity

Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
Item = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


def _spoken(value: Any) -> Any:
    """`in_progress` is how older tools say investigating."""
    return "investigating" if value == "in_progress" else value


Status = Annotated[IncidentStatus, BeforeValidator(_spoken)]


class IncidentIn(BaseModel):
    """The body that begins an incident."""

    model_config = ConfigDict(extra="ignore")

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE)]
    description: Text = ""
    category: Category | None = None
    priority: Priority | None = None
    severity: Severity | None = None
    service_id: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    affected_components: Annotated[list[Item], Field(max_length=200)] = []
    impact: Text = ""


class StatusIn(BaseModel):
    """The body that changes an incident's status, severity or priority, with a note."""

    model_config = ConfigDict(extra="ignore")

    status: Status | None = None
    severity: Severity | None = None
    priority: Priority | None = None
    note: Text = ""


class ResolutionIn(BaseModel):
    """The body that resolves an incident: what was done, why it happened, what keeps it from coming back."""

    model_config = ConfigDict(extra="ignore")

    actions_taken: Annotated[list[Item], Field(max_length=200)] = []
    root_cause: Text = ""
    preventive_measures: Annotated[list[Item], Field(max_length=200)] = []


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the name that the timeline shows, and the person's id where the key belongs to one."""

    name: str
    user_id: str | None = None


def begin(body: IncidentIn, id: str, service: Service | None, *, actor: Actor, now: datetime, cause: str) -> Edit:
    """A new incident from a body; `service` is the one it names, None when it names none."""
    category = body.category or Category.FAILURE
    severity = body.severity or severity_for(body.priority, category)
    after = Incident(
        id=id,
        title=body.title,
        description=body.description,
        severity=severity,
        severity_set=body.severity is not None,
        priority=body.priority or priority_for(body.severity, category),
        priority_set=body.priority is not None,
        category=category,
        affected_components=body.affected_components,
        impact=body.impact,
        paging=Paging(cause=cause, cause_at=now),
        created_at=now,
        first_entered={IncidentStatus.TRIGGERED: now},
        **place_on(service, now),
    )
    return Edit(None, after, now, (Line(EntryKind.OPENED, f"opened: {after.title}", actor.name),))


def place_on(service: Service | None, now: datetime) -> dict[str, Any]:
    """The members of an incident that it takes from its service when it begins; the service may change, they don't."""
    if service is None:
        return {"urgency_rule": UrgencyRule.BY_PRIORITY, "sla": SlaRecord(started_at=now)}
    return {
        "service_id": service.id,
        "service_name": service.name,
        "team": service.team,
        "escalation_policy_id": service.escalation_policy_id,
        "urgency_rule": service.urgency,
        "auto_resolve_after_seconds": service.auto_resolve_after_seconds,
        "change_window_seconds": service.change_window_seconds,
        "sla": SlaRecord(started_at=now, support_hours=service.support_hours),
    }


def acknowledge(incident: Incident, actor: Actor, now: datetime) -> Edit:
    """Acknowledge the incident; a later status stays as it is. Raises a 409 `Problem` when it is over."""
    status = incident.status
    if status.is_open and status is not IncidentStatus.TRIGGERED:
        return _answer_again(incident, actor, now)
    after, lines = _move(incident, IncidentStatus.ACKNOWLEDGED, actor, now)
    return Edit(incident, after, now, tuple(lines))


def change(incident: Incident, body: StatusIn, actor: Actor, now: datetime, cause: str) -> Edit:
    """The severity and priority first, then the status, so that taking it answers what the new severity asks for.

    Raises a 409 `Problem` for a move that is not allowed, and for rating a closed incident.
    """
    after, lines = _rate(incident, body.severity, body.priority, actor, cause)
    if body.status is not None:
        after, more = _move(after, body.status, actor, now)
        if body.status is IncidentStatus.ACKNOWLEDGED and after.unanswered:
            after = answer(after, actor.user_id)
            more = more or [_again(actor)]
        lines += more
    if body.note.strip():
        lines.append(Line(EntryKind.NOTE, body.note, actor.name))
        after = with_participants(after, [actor.user_id])
    return Edit(incident, after, now, tuple(lines))


def resolve(incident: Incident, body: ResolutionIn, actor: Actor, now: datetime) -> Edit:
    """It is over, and why. On a resolved one only what was learnt is kept; raises a 409 `Problem` on a closed one."""
    after, lines = _move(incident, IncidentStatus.RESOLVED, actor, now)
    learnt: dict[str, Any] = {
        name: getattr(body, name)
        for name in ("actions_taken", "root_cause", "preventive_measures")
        if name in body.model_fields_set
    }
    after = after.changed(**learnt)
    if body.root_cause and body.root_cause != incident.root_cause:
        lines.append(Line(EntryKind.RESOLUTION, f"root cause: {body.root_cause}", actor.name))
    return Edit(incident, after, now, tuple(lines))


def illegal(came: IncidentStatus, to: IncidentStatus) -> Exception:
    """The 409 that names from and to."""
    return conflict(
        "illegal_transition",
        f"An incident that is {came.value} can't become {to.value}.",
        **{"from": came.value, "to": to.value},
    )


def _answer_again(incident: Incident, actor: Actor, now: datetime) -> Edit:
    if not incident.unanswered:
        return Edit(incident, incident, now)
    return Edit(incident, answer(incident, actor.user_id), now, (_again(actor),))


def _again(actor: Actor) -> Line:
    return Line(EntryKind.STATUS, "acknowledged again", actor.name)


def _move(incident: Incident, to: IncidentStatus, actor: Actor, now: datetime) -> tuple[Incident, list[Line]]:
    move = judge_move(incident.status, to)
    if move is None:
        raise illegal(incident.status, to)
    if move is Move.SAME:
        return incident, []
    line = Line(EntryKind.STATUS, f"status {incident.status.value} → {to.value}", actor.name)
    return enter_status(incident, to, move, now, by=actor.name, user_id=actor.user_id), [line]


def _rate(
    incident: Incident, severity: Severity | None, priority: Priority | None, actor: Actor, cause: str
) -> tuple[Incident, list[Line]]:
    if severity is None and priority is None:
        return incident, []
    new_severity = severity or incident.severity
    follows = severity is not None and severity is not incident.severity and not incident.priority_set
    new_priority = priority or (priority_for(new_severity, incident.category) if follows else incident.priority)
    if incident.status is IncidentStatus.CLOSED and (new_severity, new_priority) != (
        incident.severity,
        incident.priority,
    ):
        raise conflict("illegal_transition", "A closed incident is final.", **{"from": "closed", "to": "closed"})
    after = rate(incident, new_severity, new_priority, cause)
    after = after.changed(
        severity_set=incident.severity_set or severity is not None,
        priority_set=incident.priority_set or priority is not None,
    )
    return after, rating_lines(incident, after, actor.name)


def rating_lines(before: Incident, after: Incident, author: str) -> list[Line]:
    """What the timeline says of a new severity and priority."""
    lines: list[Line] = []
    if after.severity is not before.severity:
        text = f"severity {before.severity.value} → {after.severity.value}"
        lines.append(Line(EntryKind.SEVERITY, text, author))
    if after.priority is not before.priority:
        text = f"priority {before.priority.value} → {after.priority.value}; both deadlines computed anew from the start"
        lines.append(Line(EntryKind.PRIORITY, text, author))
    if before.snoozed_until is not None and after.snoozed_until is None:
        lines.append(Line(EntryKind.SNOOZE, "the snooze ended: it became critical", author))
    return lines
