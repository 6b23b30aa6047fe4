"""What HTTP takes and shows of rehearsals; clients are written against these names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from services.oncall.directory.policy import Choice
from services.oncall.escalation.escalation import HoldingRunbook
from services.oncall.escalation.notification_rules import NoticeRule
from services.oncall.rehearsals import texts as wording
from services.oncall.rehearsals.override_changes import OverrideChange
from services.oncall.rehearsals.runbook_changes import RunbookChange
from services.oncall.rehearsals.simulation import Course, Rehearsed, RehearsedPage
from services.oncall.schedules.plan import Instant, OverrideKind, OverrideRequest
from shared.events.oncall import EscalationState
from shared.questions.rehearsal import IncidentsAnswer, PlacedAlert, RehearsedIncident
from shared.vocabulary import AlertStatus, Channel, PageReason, Priority, Severity, Urgency

MOST_OVERRIDES = 20


class RehearsedOverride(OverrideRequest):
    """An override that there is none of, as if it was made last."""

    schedule_id: Annotated[str, Field(min_length=1, max_length=128)]


class PreparedAnswer(IncidentsAnswer):
    """What the gateway asked of ingest and of the incident service, for this instant."""

    at: Instant


class RehearsalIn(BaseModel):
    """What would happen: an alert as its sender would deliver it, or a past incident, and when."""

    model_config = ConfigDict(extra="forbid")

    alert: Annotated[
        Any,
        Field(description="The body of any source; it is taken as if the caller's key, or the integration, sent it"),
    ] = None
    source: Annotated[str, Field(max_length=100, description="A source's id; without it the shape tells")] | None = None
    integration_id: Annotated[str, Field(max_length=128, description="As whose the alert is taken")] | None = None
    incident: Annotated[str, Field(max_length=200, description="A past incident that would begin again")] | None = None
    at: Annotated[Instant, Field(description="Default: now")] | None = None
    overrides: Annotated[list[RehearsedOverride], Field(max_length=MOST_OVERRIDES)] = []
    prepared: SkipJsonSchema[PreparedAnswer | None] = None


class RehearsedAlertView(BaseModel):
    """What becomes of an alert."""

    dedup_key: str
    title: str
    service: str
    status: AlertStatus
    becomes: str
    """A stable word for it: `open_new`, `join`, `join_page_again`, `join_as_effect`, `repeat`, …"""
    grouped: str | None
    """Why it is in its group: `no_group`, `window_passed`, `joined`, …"""
    sentence: str
    incident: int | None
    """The place of its incident in `incidents`, from 0; null: it is in none."""


class RehearsedDecisionView(BaseModel):
    """Something that the engine would note."""

    after_seconds: int
    rule: str
    sentence: str
    step: int
    round: int
    users: list[str]


class RehearsedRunbookView(BaseModel):
    """A runbook that would start by itself, unless it is quiet then or has run for the incident before."""

    runbook_id: str
    name: str
    criteria: list[str]
    """What of its trigger matches, as `name=value`."""
    hold_pages_seconds: int
    """So long the first page waits for it; of several the longest counts."""


class RehearsedIncidentView(BaseModel):
    """An incident that opens or is joined, and how its escalation goes."""

    incident_id: str | None
    """Null: it would be a new one."""
    opens: bool
    withheld: bool
    """It is another team's, or nobody's: whom it pages is not shown to this key."""
    title: str
    service_id: str | None
    service_name: str | None
    team: str | None
    severity: Severity
    priority: Priority
    urgency: Urgency
    policy_id: str | None
    policy_reason: Choice | None
    ends: EscalationState | None
    """How the escalation ends when nobody answers; null: nobody is paged."""
    ends_after_seconds: int | None
    runbooks: list[RehearsedRunbookView]
    """Those that would start by themselves."""
    decisions: list[RehearsedDecisionView]


class RehearsedPageView(BaseModel):
    """A page that would be sent."""

    incident: int
    user_id: str
    channel: Channel
    method_id: str
    step: int
    round: int
    after_seconds: int
    at: datetime
    reason: PageReason
    urgency: Urgency
    rule: NoticeRule | None
    why: str


class OverrideChangeView(BaseModel):
    """What an override makes of it: the pages that it adds, and those that would be sent without it."""

    kind: str = "override"
    schedule_id: str
    override_id: str
    override_kind: OverrideKind
    user_id: str
    sentence: str
    adds: list[RehearsedPageView]
    takes: list[RehearsedPageView]


class RunbookChangeView(BaseModel):
    """What the wait for a runbook makes of it: the pages as they are with it, and those that would be without it."""

    kind: str = "runbook"
    runbook_id: str
    name: str
    hold_pages_seconds: int
    sentence: str
    adds: list[RehearsedPageView]
    takes: list[RehearsedPageView]


@dataclass(frozen=True, slots=True)
class Changes:
    """What overrides and runbooks make of it."""

    overrides: Sequence[OverrideChange] = ()
    runbooks: Sequence[RunbookChange] = ()


class RehearsalView(BaseModel):
    """What would happen; nothing was sent or stored."""

    at: datetime
    alerts: list[RehearsedAlertView]
    incidents: list[RehearsedIncidentView]
    pages: list[RehearsedPageView]
    changes: list[OverrideChangeView | RunbookChangeView]
    complete: bool
    """False: it goes on for longer than is rehearsed."""


def show_rehearsal(
    prepared: PreparedAnswer,
    rehearsed: Rehearsed,
    changes: Changes,
    starting: Sequence[Sequence[HoldingRunbook]],
    withheld: Sequence[bool],
) -> RehearsalView:
    """The whole answer; of incidents that are `withheld` no pages are shown. `starting` are each one's runbooks."""
    at = prepared.at

    def hides(one: OverrideChange | RunbookChange) -> bool:
        return all(withheld[page.incident] for page in (*one.adds, *one.takes))

    return RehearsalView(
        at=at,
        alerts=[_alert(one) for one in prepared.alerts],
        incidents=[
            _incident(one, course, at, runbooks, withheld=hidden)
            for one, course, runbooks, hidden in zip(
                prepared.incidents, rehearsed.courses, starting, withheld, strict=True
            )
        ],
        pages=_pages(rehearsed.pages, at, withheld),
        changes=[
            *(
                RunbookChangeView(
                    runbook_id=one.runbook.id,
                    name=one.runbook.name,
                    hold_pages_seconds=one.runbook.seconds,
                    sentence=wording.of_runbook(one, at),
                    adds=_pages(one.adds, at, withheld),
                    takes=_pages(one.takes, at, withheld),
                )
                for one in changes.runbooks
                if not hides(one)
            ),
            *(
                OverrideChangeView(
                    schedule_id=one.schedule_id,
                    override_id=one.override.id,
                    override_kind=one.override.kind,
                    user_id=one.override.user_id,
                    sentence=wording.of_override(one),
                    adds=_pages(one.adds, at, withheld),
                    takes=_pages(one.takes, at, withheld),
                )
                for one in changes.overrides
                if not hides(one)
            ),
        ],
        complete=rehearsed.is_whole,
    )


def _alert(alert: PlacedAlert) -> RehearsedAlertView:
    return RehearsedAlertView(
        dedup_key=alert.dedup_key,
        title=alert.title,
        service=alert.service,
        status=alert.status,
        becomes=alert.reason or alert.told,
        grouped=alert.grouped,
        sentence=wording.of_alert(alert),
        incident=alert.incident,
    )


def _incident(
    incident: RehearsedIncident, course: Course, at: datetime, runbooks: Sequence[HoldingRunbook], *, withheld: bool
) -> RehearsedIncidentView:
    fact, escalation = incident.fact, None if withheld else course.escalation
    entries = [] if withheld else course.entries
    return RehearsedIncidentView(
        incident_id=None if incident.opens else fact.id,
        opens=incident.opens,
        withheld=withheld,
        title=fact.title,
        service_id=fact.service_id,
        service_name=fact.service_name,
        team=fact.team,
        severity=fact.severity,
        priority=fact.priority,
        urgency=fact.urgency,
        policy_id=escalation.policy.id if escalation is not None and escalation.policy is not None else None,
        policy_reason=escalation.choice if escalation is not None else None,
        ends=escalation.state if escalation is not None else None,
        ends_after_seconds=_seconds(entries[-1].at, at) if entries else None,
        runbooks=[
            RehearsedRunbookView(
                runbook_id=one.id, name=one.name, criteria=list(one.criteria), hold_pages_seconds=one.seconds
            )
            for one in runbooks
            if not withheld
        ],
        decisions=[
            RehearsedDecisionView(
                after_seconds=_seconds(entry.at, at),
                rule=entry.reason.value,
                sentence=sentence,
                step=entry.step,
                round=entry.round,
                users=list(entry.users),
            )
            for entry in entries
            if (sentence := wording.of_decision(entry)) is not None
        ],
    )


def _pages(pages: Sequence[RehearsedPage], at: datetime, withheld: Sequence[bool]) -> list[RehearsedPageView]:
    return [
        RehearsedPageView(
            incident=page.incident,
            user_id=page.attempt.user_id,
            channel=page.attempt.channel,
            method_id=page.attempt.method_id,
            step=page.attempt.step,
            round=page.attempt.round,
            after_seconds=_seconds(page.attempt.requested_at, at),
            at=page.attempt.requested_at,
            reason=page.attempt.reason,
            urgency=page.attempt.urgency,
            rule=page.attempt.rule,
            why=wording.of_page(page),
        )
        for page in pages
        if not withheld[page.incident]
    ]


def _seconds(later: datetime, at: datetime) -> int:
    return round((later - at).total_seconds())
