"""The catalogue: every event there is, who tells it, what it carries, and whether it names people.

A new event is one line here and one golden file; `docs/events.md` and the AsyncAPI document are made from this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.events.actions import ActionFact, ActionReminder, PatternFact
from shared.events.alerts import AlertFact
from shared.events.analytics.budgets import BudgetFact
from shared.events.analytics.predictions import PredictionFact, PredictionRuleFact
from shared.events.analytics.reviews import ReviewFact, ReviewSubscriberFact
from shared.events.automation import ApprovalAnswer, ApprovalFact, ExecutionFact, NoticeFact, RunbookFact
from shared.events.changes import ChangeFact
from shared.events.command import RoleAssigned, SlaTurned
from shared.events.communication import AnswerFact, CommunicationFact, ImpactFact, TicketFact
from shared.events.control import KeyFact, ReplayRequest, StaleFact
from shared.events.envelope import Event, Fact, decode
from shared.events.incidents import ImportedIncidents, IncidentFact, ServiceFact, SimilarFact
from shared.events.oncall import (
    AuditFact,
    DrillAlertsFact,
    DrillFact,
    DutyFact,
    EscalationFact,
    PageFact,
    PageResult,
    PolicyFact,
    ScheduleFact,
    TeamFact,
    UserErased,
    UserFact,
)
from shared.events.postmortems import PostmortemFact


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of event. `personal` ones carry names or addresses and stay out of the stream."""

    name: str
    emitter: str
    data: type[Fact]
    doc: str
    personal: bool = False


CATALOGUE: tuple[EventType, ...] = (
    EventType("alert.opened.v1", "ingest", AlertFact, "An alert began to fire, for the first time or again."),
    EventType("alert.updated.v1", "ingest", AlertFact, "An open alert changed: its text, severity or status."),
    EventType("alert.resolved.v1", "ingest", AlertFact, "An alert ended."),
    EventType(
        "change.recorded.v1",
        "ingest",
        ChangeFact,
        "Somebody changed a service: the suspects of its incidents are looked for among these.",
    ),
    EventType("service.changed.v1", "incident", ServiceFact, "A service of the catalogue was made, edited or deleted."),
    EventType("incident.opened.v1", "incident", IncidentFact, "An incident began."),
    EventType("incident.changed.v1", "incident", IncidentFact, "Something about an incident changed."),
    EventType("incident.acknowledged.v1", "incident", IncidentFact, "Somebody took an incident."),
    EventType("incident.resolved.v1", "incident", IncidentFact, "An incident was resolved or closed."),
    EventType("incident.merged.v1", "incident", IncidentFact, "An incident went into another one."),
    EventType(
        "history.imported.v1",
        "incident",
        ImportedIncidents,
        "Incidents were imported: each is as if it had been opened, but reaches nobody.",
    ),
    EventType(
        "sla.turned.v1", "incident", SlaTurned, "A clock of an incident is at risk, breached, met or on track again."
    ),
    EventType("role.assigned.v1", "incident", RoleAssigned, "Somebody took over a role in an incident."),
    EventType(
        "postmortem.changed.v1", "incident", PostmortemFact, "A post-mortem was published, edited since or withdrawn."
    ),
    EventType(
        "pattern.recurred.v1",
        "analytics",
        PatternFact,
        "Incidents that are the same problem came often: an action is proposed on the newest post-mortem of them.",
    ),
    EventType("action.changed.v1", "incident", ActionFact, "An action item was made, edited, closed or deleted."),
    EventType("action.reminded.v1", "incident", ActionReminder, "Somebody is to be reminded of an action item."),
    EventType("user.changed.v1", "oncall", UserFact, "A person was made, edited or deleted.", personal=True),
    EventType("user.erased.v1", "oncall", UserErased, "A person is to be forgotten everywhere."),
    EventType("team.changed.v1", "oncall", TeamFact, "A team was made, edited or deleted."),
    EventType("schedule.changed.v1", "oncall", ScheduleFact, "A schedule was made, edited or deleted."),
    EventType("policy.changed.v1", "oncall", PolicyFact, "An escalation policy was made, edited or deleted."),
    EventType("escalation.changed.v1", "oncall", EscalationFact, "An escalation began, moved on or ended."),
    EventType(
        "audit.made.v1", "oncall", AuditFact, "Something is wrong with who is on call: told to a team once a day."
    ),
    EventType("duty.recorded.v1", "oncall", DutyFact, "Who was on call by a schedule on a day, told as it passes."),
    EventType("drill.changed.v1", "oncall", DrillFact, "A drill was planned, began, ended, was stopped or scored."),
    EventType("drill.alerted.v1", "oncall", DrillAlertsFact, "Alerts of a drill are to be taken in now."),
    EventType("page.requested.v1", "oncall", PageFact, "A person is to be told by one method.", personal=True),
    EventType("page.delivered.v1", "comms", PageResult, "A page was handed over."),
    EventType("page.failed.v1", "comms", PageResult, "A page was not handed over, or was cancelled before."),
    EventType("answer.given.v1", "comms", AnswerFact, "Somebody answered a page from the message itself."),
    EventType("communication.noted.v1", "comms", CommunicationFact, "Something was said about an incident."),
    EventType(
        "impact.changed.v1",
        "comms",
        ImpactFact,
        "A component of a status page is not well, or was not until now.",
    ),
    EventType("ticket.changed.v1", "comms", TicketFact, "The ticket of an action item was made or changed."),
    EventType("similar.found.v1", "analytics", SimilarFact, "A past incident is like an open one, and was ended."),
    EventType(
        "budget.changed.v1",
        "analytics",
        BudgetFact,
        "An error budget stands otherwise than before, or a burn of it began, got faster or ended.",
    ),
    EventType(
        "prediction.changed.v1",
        "analytics",
        PredictionFact,
        "A metric is expected to reach its limit, or this was withdrawn, graded or is over.",
    ),
    EventType(
        "prediction.ruled.v1",
        "analytics",
        PredictionRuleFact,
        "A rule of what is polled and foretold was made, edited or deleted.",
    ),
    EventType("runbook.changed.v1", "automation", RunbookFact, "A runbook was made, edited or deleted."),
    EventType(
        "execution.started.v1", "automation", ExecutionFact, "A runbook began to run for an incident, or goes on."
    ),
    EventType("execution.waiting.v1", "automation", ExecutionFact, "A runbook waits for a person."),
    EventType(
        "execution.progressed.v1",
        "automation",
        ExecutionFact,
        "A runbook came to another step, or a step has written more: told at most once a second.",
    ),
    EventType("execution.finished.v1", "automation", ExecutionFact, "A runbook has ended, or was not begun, and why."),
    EventType("approval.given.v1", "comms", ApprovalAnswer, "Somebody answered from a message that a step may run."),
    EventType(
        "approval.settled.v1",
        "automation",
        ApprovalFact,
        "A step waits for no approval any more, or an answer from a message did not count.",
    ),
    EventType("notice.requested.v1", "automation", NoticeFact, "A step of a runbook has people told something."),
    EventType("review.made.v1", "analytics", ReviewFact, "A review was made, for those who ordered it."),
    EventType("review.subscribed.v1", "analytics", ReviewSubscriberFact, "Somebody ordered or ended reviews by mail."),
    EventType("key.changed.v1", "gateway", KeyFact, "An API or integration key was made or revoked."),
    EventType("stale.found.v1", "any", StaleFact, "Something was forgotten: told to whose it is once a day."),
    EventType("replay.requested.v1", "any", ReplayRequest, "A service asks to hear the facts again."),
)

TYPES: Mapping[str, EventType] = {kind.name: kind for kind in CATALOGUE}
DATA: Mapping[str, type[Fact]] = {kind.name: kind.data for kind in CATALOGUE}
if len(TYPES) != len(CATALOGUE):
    raise RuntimeError("an event type stands in the catalogue twice")


def read(body: bytes) -> Event:
    """Decode an event of the catalogue. Raises `Undecodable` or `UnknownType`."""
    return decode(body, DATA)


def make(
    name: str,
    *,
    subject: str,
    sequence: int,
    time: datetime,
    data: Fact,
    cause: Event | None = None,
    correlation: str | None = None,
    traceparent: str | None = None,
    id: str | None = None,
) -> Event:
    """A new event of the catalogue.

    `sequence` is the subject's version after the change. With `cause`, correlation and trace are taken from it.
    `id` fixes the event's id where it must be derived. Raises `KeyError` for a name the catalogue does not have and
    `TypeError` when `data` is of another class than the catalogue says.
    """
    kind = TYPES[name]
    if type(data) is not kind.data:
        raise TypeError(f"{name} carries {kind.data.__name__}, not {type(data).__name__}")
    fields = {} if id is None else {"id": id}
    return Event(
        source=f"tocsin/{kind.emitter}",
        type=name,
        subject=subject,
        sequence=sequence,
        time=time,
        data=data,
        traceparent=traceparent or (cause.traceparent if cause else None),
        correlationid=correlation or (cause.correlationid if cause else None),
        causationid=cause.id if cause else None,
        **fields,
    )
