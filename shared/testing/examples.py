"""One full example of every event in the catalogue, every field of it set: what the golden files are made from.

The examples tell one story: a database of the payments service runs full, Sara is paged and takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shared.events import Event, Fact, make
from shared.events.actions import ActionReminder, ReminderKind
from shared.events.alerts import AlertFact, EffectOf, Link
from shared.events.changes import ChangeFact, ChangeKind
from shared.events.communication import AnswerAction, AnswerFact
from shared.events.incidents import (
    AlertCounts,
    Dependency,
    EffectFact,
    ImportedIncidents,
    IncidentFact,
    Paging,
    PagingAlert,
    Position,
    RoleHolder,
    ServiceFact,
    SlaTimes,
)
from shared.events.oncall import (
    ContactMethod,
    FailedRunbook,
    PagedIncident,
    PagedUser,
    PageFact,
    PageResult,
    PageState,
    PolicyFact,
    ScheduleFact,
    TeamFact,
    UserErased,
    UserFact,
)
from shared.ids import derive_id
from shared.testing.facts.keys import key
from shared.testing.facts.predictions import PREDICTION_EXAMPLES
from shared.testing.facts.reliability import impact
from shared.testing.facts.reviews import REVIEW_EXAMPLES
from shared.testing.facts.single import duty, replay_request
from shared.testing.response_examples import (
    RUNBOOK_EXAMPLES,
    action,
    audit,
    communication,
    drill,
    drill_alerts,
    escalation,
    pattern,
    postmortem,
    role_assigned,
    similar,
    sla_turned,
    stale,
    ticket,
)
from shared.testing.story import CAUSE, INCIDENT, at
from shared.vocabulary import (
    AlertStatus,
    Category,
    Channel,
    IncidentStatus,
    PageReason,
    Priority,
    Role,
    Severity,
    Urgency,
)


def alert(status: AlertStatus) -> AlertFact:
    """The alert of the story, in one of its states."""
    return AlertFact(
        id="01k0x4m2r0alertexample0001",
        dedup_key="5f0c1d2e3a4b5968",
        integration_id="alertmanager-eu",
        source="alertmanager",
        title="Disk of payments-db-1 is nearly full",
        description="97 % used, 3 GB left",
        severity=Severity.CRITICAL,
        category=Category.FAILURE,
        status=status,
        service_id="payments",
        service_claim="Payments",
        labels={"alertname": "DiskNearlyFull", "instance": "payments-db-1", "region": "eu"},
        links=[Link(href="https://prometheus.example.org/graph?g0.expr=disk", text="Prometheus")],
        starts_at=at(-60),
        ends_at=at(900),
        count=3,
        mended=["severity: 'disaster' was read as critical"],
        group_id="group-payments-1",
        effect_of=EffectOf(incident_id=INCIDENT, service_id="users", path=["payments", "users"]),
        stamp="019d36f2a4ea0000-a1b2c3",
        drill_id="drill-database-outage",
        prediction_id="prediction-disk-full",
        teams=["payments-team"],
        opens_incident=False,
    )


def change() -> ChangeFact:
    """What was done to the service shortly before."""
    return ChangeFact(
        id="chg_01k0x4m2r0changeexample001",
        summary="payments 2.4.1 was deployed",
        service_id="payments",
        service_claim="Payments",
        kind=ChangeKind.DEPLOY,
        version="2.4.1",
        environment="production",
        url="https://ci.example.org/builds/812",
        labels={"region": "eu"},
        links=[Link(href="https://ci.example.org/builds/812", text="build 812")],
        source="github",
        integration_id="github-payments",
        teams=["payments-team"],
        at=at(-300),
        recorded_at=at(-299),
    )


def service() -> ServiceFact:
    """The service that fails."""
    return ServiceFact(
        id="payments",
        name="Payments",
        description="Takes the money",
        tier=1,
        team="payments",
        escalation_policy_id="payments-policy",
        tags=["money", "pci"],
        links=[Link(href="https://wiki.example.org/payments", text="Handbook")],
        slo_target=0.999,
        slo_window_days=90,
        match_labels={"team": "payments"},
        depends_on=[Dependency(service_id="users", hard=False)],
        resolved_grace_seconds=900,
        deleted=False,
    )


def incident(status: IncidentStatus) -> IncidentFact:
    """The incident of the story, in one of its states."""
    return IncidentFact(
        id=INCIDENT,
        title="Disk of payments-db-1 is nearly full",
        description="97 % used, 3 GB left",
        status=status,
        severity=Severity.CRITICAL,
        priority=Priority.CRITICAL,
        category=Category.FAILURE,
        urgency=Urgency.HIGH,
        service_id="payments",
        service_name="Payments",
        team="payments",
        escalation_policy_id="payments-policy",
        group_id="group-payments-1",
        affected_components=["payments-db"],
        impact="Payments are refused",
        alerts=AlertCounts(count=2, firing=1),
        alert_keys=[derive_id("alertmanager-eu", "5f0c1d2e3a4b5968")],
        last_joined="019d36f2a4ea0000-a1b2c3.0000",
        effects=[EffectFact(service_id="shop", path=["shop", "payments"], at=at(30))],
        paging=Paging(
            generation=2,
            answered=1,
            reason=PageReason.NEW_ALERT,
            cause=CAUSE,
            cause_at=at(1),
            alert=PagingAlert(
                id="alert-disk-1",
                title="Disk of payments-db-1 is nearly full",
                severity=Severity.CRITICAL,
                category=Category.FAILURE,
                service_id="payments",
                labels={"alertname": "DiskFull", "host": "payments-db-1"},
            ),
            moved_on_from=Position(round=1, step=2),
        ),
        drill_id="drill-database-outage",
        prediction_id="prediction-disk-full",
        budget_of="payments",
        imported=True,
        merged_into="INC-20260329-0007",
        snoozed_until=at(3600),
        created_at=at(1),
        acknowledged_at=at(61),
        acknowledged_by="sara",
        resolved_at=at(901),
        resolved_by="kenji",
        reopened_at=at(601),
        assignees=["sara"],
        roles=[RoleHolder(role="commander", user_id="kenji", since=at(120))],
        sla=[
            SlaTimes(
                response_due_at=at(301),
                responded_at=at(61),
                resolution_due_at=at(14_401),
                resolved_at=at(901),
            )
        ],
        first_finding_at=at(90),
        first_finding_by="sara",
        participants=["kenji", "sara"],
        status_times={"triggered": at(1), "acknowledged": at(61)},
        actions_taken=["Old logs were deleted"],
        root_cause="Logs are never rotated",
        preventive_measures=["Rotate logs daily"],
    )


def user() -> UserFact:
    """Who is on call."""
    return UserFact(
        id="sara",
        name="Sara ساره",
        email="sara@example.org",
        time_zone="Asia/Tehran",
        locale="fa",
        role=Role.RESPONDER,
        contact_methods=[ContactMethod(id="mail", channel=Channel.EMAIL, address="sara@example.org")],
        deleted=False,
    )


def page() -> PageFact:
    """What on-call asks for."""
    return PageFact(
        page_id=derive_id(INCIDENT, "sara", "mail", 1, 1, "new_alert", CAUSE),
        incident=PagedIncident(
            id=INCIDENT,
            title="Disk of payments-db-1 is nearly full",
            description="97 % used, 3 GB left",
            status=IncidentStatus.TRIGGERED,
            severity=Severity.CRITICAL,
            priority=Priority.CRITICAL,
            service_id="payments",
            service_name="Payments",
        ),
        user=PagedUser(id="sara", name="Sara ساره", locale="fa", time_zone="Asia/Tehran"),
        method=ContactMethod(id="mail", channel=Channel.EMAIL, address="sara@example.org"),
        urgency=Urgency.HIGH,
        step=1,
        round=1,
        generation=2,
        reason=PageReason.NEW_ALERT,
        drill=True,
        drill_runs_runbooks=True,
        requested_at=at(2),
        caused_at=at(1),
        first_of_service=True,
        runbook=FailedRunbook(
            runbook_id="disk-full",
            name="Disk full",
            execution_id="exe_0123456789abcdef",
            state="failed",
            reason="exit_code",
            detail="Step 1 “Remove old files” has failed: it ended with 1.",
            step=1,
            step_name="Remove old files",
            exit_code=1,
            output="find: ‘/var/log/payments’: Read-only file system",
            output_is_whole=False,
        ),
    )


def page_result(state: PageState, detail: str, *, permanent: bool) -> PageResult:
    """What became of the page."""
    asked = page()
    return PageResult(
        page_id=asked.page_id,
        incident_id=asked.incident.id,
        user_id=asked.user.id,
        method_id=asked.method.id,
        channel=asked.method.channel,
        urgency=asked.urgency,
        step=asked.step,
        round=asked.round,
        generation=asked.generation,
        reason=asked.reason,
        state=state,
        attempts=2,
        permanent=permanent,
        detail=detail,
        requested_at=asked.requested_at,
        at=at(3),
        time_zone=asked.user.time_zone,
    )


def answer() -> AnswerFact:
    """Sara presses the button in Slack."""
    asked = page()
    return AnswerFact(
        incident_id=INCIDENT,
        page_id=asked.page_id,
        generation=asked.generation,
        action=AnswerAction.ACKNOWLEDGE,
        via=Channel.SLACK,
        user_id="sara",
        by="sara",
        at=at(60),
        paged_at=asked.requested_at,
    )


EXAMPLES: Mapping[str, Callable[[], Fact]] = {
    "alert.opened.v1": lambda: alert(AlertStatus.FIRING),
    "alert.updated.v1": lambda: alert(AlertStatus.ACKNOWLEDGED),
    "alert.resolved.v1": lambda: alert(AlertStatus.RESOLVED),
    "change.recorded.v1": change,
    "service.changed.v1": service,
    "incident.opened.v1": lambda: incident(IncidentStatus.TRIGGERED),
    "incident.changed.v1": lambda: incident(IncidentStatus.INVESTIGATING),
    "incident.acknowledged.v1": lambda: incident(IncidentStatus.ACKNOWLEDGED),
    "incident.resolved.v1": lambda: incident(IncidentStatus.RESOLVED),
    "incident.merged.v1": lambda: incident(IncidentStatus.CLOSED),
    "history.imported.v1": lambda: ImportedIncidents(
        id="his_01k0x4m2r0", incidents=[incident(IncidentStatus.RESOLVED)]
    ),
    "sla.turned.v1": sla_turned,
    "role.assigned.v1": role_assigned,
    "postmortem.changed.v1": postmortem,
    "pattern.recurred.v1": pattern,
    "action.changed.v1": action,
    "action.reminded.v1": lambda: ActionReminder(action=action(), kind=ReminderKind.OVERDUE, at=at(700_000)),
    "user.changed.v1": user,
    "user.erased.v1": lambda: UserErased(id="sara"),
    "team.changed.v1": lambda: TeamFact(id="payments", name="Payments", members=["sara", "kenji"], deleted=False),
    "schedule.changed.v1": lambda: ScheduleFact(
        id="payments-weekly", name="Payments weekly", team="payments", time_zone="Europe/Berlin", deleted=False
    ),
    "policy.changed.v1": lambda: PolicyFact(id="payments-policy", name="Payments", steps=2, repeat=1, deleted=False),
    "escalation.changed.v1": escalation,
    "audit.made.v1": audit,
    "duty.recorded.v1": duty,
    "drill.changed.v1": drill,
    "drill.alerted.v1": drill_alerts,
    "page.requested.v1": page,
    "page.delivered.v1": lambda: page_result(PageState.DELIVERED, "250 2.0.0 Ok: queued as 4F2A", permanent=False),
    "page.failed.v1": lambda: page_result(PageState.FAILED, "550 5.1.1 no such mailbox", permanent=True),
    "answer.given.v1": answer,
    "communication.noted.v1": communication,
    "impact.changed.v1": impact,
    "ticket.changed.v1": ticket,
    "similar.found.v1": similar,
    **PREDICTION_EXAMPLES,
    **RUNBOOK_EXAMPLES,
    **REVIEW_EXAMPLES,
    **RUNBOOK_EXAMPLES,
    "key.changed.v1": key,
    "stale.found.v1": stale,
    "replay.requested.v1": replay_request,
}
"""The data of each event type's example."""

_BY_THEIR_OWN_ID = {
    "execution.": ("id",),
    "approval.": ("execution_id",),
    "notice.": ("id",),
    "drill.": ("drill_id", "id"),
    "review.": ("id", "user_id"),
}
_SUBJECT_FIELDS = ("incident_id", "action_id", "page_id", "team_id", "id", "service_id")


def example(name: str) -> Event:
    """The example of one event type: the same at every call. Raises `KeyError` for a type without one."""
    data = EXAMPLES[name]()
    members = data.model_dump()
    fields = next((own for start, own in _BY_THEIR_OWN_ID.items() if name.startswith(start)), _SUBJECT_FIELDS)
    subject = next((members[field] for field in fields if field in members), "oncall-example")
    return make(
        name,
        subject=subject,
        sequence=7,
        time=at(2),
        data=data,
        correlation="req-01k0x4m2r0",
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        id=derive_id(name, "example"),
    ).changed(causationid=CAUSE)
