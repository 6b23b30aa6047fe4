"""Examples of what is told of the response to the story's incident, and of what was learnt from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from shared.events import Fact
from shared.events.actions import ActionFact, ActionState, PatternFact
from shared.events.automation import (
    ApprovalAnswer,
    ApprovalFact,
    ApprovalOutcome,
    ExecutionFact,
    ExecutionState,
    NoticeFact,
    RunbookFact,
    Trigger,
    WaitingFact,
)
from shared.events.command import ClockState, RoleAssigned, SlaClock, SlaTurned
from shared.events.communication import CommunicationFact, CommunicationKind, TicketFact, TicketState
from shared.events.control import StaleFact, StaleItem
from shared.events.incidents import SimilarFact
from shared.events.oncall import (
    AuditFact,
    DrillAlert,
    DrillAlertsFact,
    DrillFact,
    DrillState,
    EscalationFact,
    EscalationState,
    Finding,
)
from shared.events.postmortems import PostmortemFact
from shared.testing.story import INCIDENT, at
from shared.vocabulary import Category, Channel, PageReason, Priority, Severity


def sla_turned() -> SlaTurned:
    """The response clock of the story."""
    return SlaTurned(
        incident_id=INCIDENT,
        clock=SlaClock.RESPONSE,
        state=ClockState.AT_RISK,
        due_at=at(301),
        at=at(241),
        priority=Priority.CRITICAL,
        service_id="payments",
        team="payments",
        drill_id="drill-database-outage",
        imported=True,
    )


def role_assigned() -> RoleAssigned:
    """Kenji leads from now on."""
    return RoleAssigned(
        incident_id=INCIDENT,
        title="Disk of payments-db-1 is nearly full",
        role="commander",
        role_name="Incident commander",
        duties=["Decide what is done next", "Say when it is over"],
        user_id="kenji",
        previous_user_id="sara",
        by="sara",
        at=at(120),
        drill_id="drill-database-outage",
        imported=True,
    )


def postmortem() -> PostmortemFact:
    """What was learnt."""
    return PostmortemFact(
        id="pm_01k0x4m2r0postmortem0001",
        incident_id=INCIDENT,
        title="Disk of payments-db-1 is nearly full",
        sections={"root_causes": "Logs are never rotated."},
        service_id="payments",
        team="payments",
        drill=True,
        imported=False,
        published_at=at(86_400),
    )


def pattern() -> PatternFact:
    """What came again and again."""
    return PatternFact(
        id=f"cluster-{INCIDENT}",
        name="Disk is nearly full",
        incidents=[INCIDENT],
        count=4,
        most_in_window=3,
        window_days=30,
        causes=["Logs are never rotated."],
        fixes=["Removed the old logs"],
        preventions=["Rotate logs daily"],
        proposed_title="Prevent “Disk is nearly full”: Rotate logs daily",
        at=at(86_400),
    )


def action() -> ActionFact:
    """What is to be done about it."""
    return ActionFact(
        id="act_01k0x4m2r0action0000001",
        postmortem_id="pm_01k0x4m2r0postmortem0001",
        incident_id=INCIDENT,
        title="Rotate logs daily",
        description="On every database host",
        state=ActionState.DONE,
        assignee_id="sara",
        due_on=date(2026, 4, 5),
        priority=Priority.HIGH,
        team="payments",
        service_id="payments",
        drill=True,
        imported=True,
        deleted=True,
        origin="jira:01k0x4m2r0",
        created_at=at(86_400),
        updated_at=at(172_800),
        closed_at=at(172_800),
    )


def communication() -> CommunicationFact:
    """Somebody marked a message in the war room."""
    return CommunicationFact(
        id="com_01k0x4m2r0communication1",
        incident_id=INCIDENT,
        kind=CommunicationKind.MESSAGE,
        text="The log partition is full",
        by="sara",
        url="https://example.slack.com/archives/C012AB3CD/p1774745998",
        at=at(300),
    )


def ticket() -> TicketFact:
    """The action's ticket was resolved."""
    return TicketFact(
        action_id="act_01k0x4m2r0action0000001",
        provider="jira",
        key="OPS-12",
        url="https://example.atlassian.net/browse/OPS-12",
        state=TicketState.DONE,
        from_provider=True,
        at=at(172_800),
    )


def similar() -> SimilarFact:
    """It happened before."""
    return SimilarFact(
        incident_id=INCIDENT,
        similar_id="INC-20251103-0007",
        title="Disk of payments-db-2 is nearly full",
        solution="Removed old binary logs\nLogs were never rotated",
        score=0.97,
        same_alert=True,
        same_service=True,
        words=6,
        words_of=7,
        found_at=at(3),
    )


def runbook() -> RunbookFact:
    """What is done when a disk is full."""
    return RunbookFact(
        id="disk-full",
        name="Disk full",
        team="payments",
        triggers=[
            Trigger(
                service_id="payments",
                category=Category.FAILURE,
                severity=Severity.CRITICAL,
                labels={"alertname": "DiskFull"},
                title_regex="(?i)disk .* full",
            )
        ],
        quiet_seconds=1800,
        hold_pages_seconds=120,
        description="Frees space by removing what is left in /tmp.",
        steps=["Look at the disk", "Clean"],
        updated_at=at(1),
        deleted=True,
    )


def execution(state: ExecutionState) -> ExecutionFact:
    """The runbook runs by itself, waits for an approval, and fails since nobody gave it."""
    return ExecutionFact(
        id="exe_01k0x4m2r0execution00001",
        runbook_id="disk-full",
        runbook_version=3,
        runbook_name="Disk full",
        incident_id=INCIDENT,
        service_id="payments",
        team="payments",
        runbook_team="payments",
        state=state,
        reason="approval_expired",
        detail="Step 2 “Clean” has failed: Nobody approved of it in time.",
        step=2,
        step_name="Clean",
        steps=3,
        output_size=1200,
        started_by="tocsin",
        trigger=["service_id=payments", "title_regex=(?i)disk .* full"],
        hold_pages_seconds=120,
        dry_run=True,
        drill_id="drill-database-outage",
        attempt=2,
        waiting=WaitingFact(
            n=2,
            name="Clean",
            needs_approval=True,
            asks="May the step “Clean” run?",
            until=at(3600),
            approvers=["kenji", "sara"],
        ),
        created_at=at(3),
        ended_at=at(3600),
    )


def approval_answer() -> ApprovalAnswer:
    """Sara presses Approve in Slack."""
    return ApprovalAnswer(
        id="apa_01k0x4m2r0answer000000001",
        execution_id="exe_01k0x4m2r0execution00001",
        n=2,
        until=at(3600),
        approve=True,
        user_id="sara",
        via=Channel.SLACK,
        at=at(400),
    )


def approval() -> ApprovalFact:
    """What Sara pressed did not count: she started it."""
    return ApprovalFact(
        execution_id="exe_01k0x4m2r0execution00001",
        incident_id=INCIDENT,
        runbook_name="Disk full",
        n=2,
        step_name="Clean",
        until=at(3600),
        outcome=ApprovalOutcome.REFUSED,
        user_id="sara",
        by="sara",
        answer_id="apa_01k0x4m2r0answer000000001",
        code="own_approval",
        drill_id="drill-database-outage",
        at=at(401),
    )


def notice() -> NoticeFact:
    """The runbook says what it has done."""
    return NoticeFact(
        id="not_01k0x4m2r0notice00000001",
        execution_id="exe_01k0x4m2r0execution00001",
        incident_id=INCIDENT,
        incident_title="Disk of payments-db-1 is nearly full",
        runbook_name="Disk full",
        text="The disk of Payments was cleaned.",
        people=["sara"],
        teams=["payments"],
        drill_id="drill-database-outage",
        at=at(300),
    )


def drill() -> DrillFact:
    """The outage was practised."""
    return DrillFact(
        id="drill-database-outage",
        name="Database outage",
        team="payments",
        service_id="payments",
        state=DrillState.FINISHED,
        reason="all_resolved",
        starts_at=at(0),
        started_at=at(1),
        ended_at=at(1800),
        duration_seconds=3600,
        announced=True,
        run_runbooks=True,
        people=["sara", "kenji"],
        incidents=[INCIDENT],
        ends_incidents=True,
        is_scored=True,
        met=True,
    )


def drill_alerts() -> DrillAlertsFact:
    """Its first alert."""
    return DrillAlertsFact(
        drill_id="drill-database-outage",
        first=0,
        alerts=[
            DrillAlert(
                title="Disk of payments-db-1 is nearly full",
                description="97 % used, 3 GB left",
                severity=Severity.CRITICAL,
                category=Category.FAILURE,
                status="firing",
                service="payments",
                dedup_key="disk",
                labels={"instance": "payments-db-1"},
            )
        ],
        teams=["payments"],
        at=at(1),
    )


def stale() -> StaleFact:
    """Nobody looked at the incident for a day."""
    return StaleFact(
        service="incident",
        person="sara",
        team="payments",
        items=[
            StaleItem(
                kind="untouched",
                subject=INCIDENT,
                title="Disk of payments-db-1 is nearly full",
                since=at(120),
                owner="sara",
                people=["sara"],
                team="payments",
                action="Go on with it, hand it over, or resolve it.",
                method="PUT",
                path=f"/incidents/{INCIDENT}/status",
            )
        ],
        at=at(90_000),
    )


def escalation() -> EscalationFact:
    """How far the escalation went."""
    return EscalationFact(
        incident_id=INCIDENT,
        state=EscalationState.RUNNING,
        generation=2,
        reason=PageReason.NEW_ALERT,
        policy_id="payments-policy",
        step=1,
        round=1,
        notified=["sara"],
        next_step_at=at(362),
        ack_timed_out=False,
        detail="step_started",
        took_over="fallback_default_policy",
        held_until=at(122),
        held_for=["Disk full"],
    )


def audit() -> AuditFact:
    """What the team has to mend."""
    gap = Finding(
        kind="gap",
        sentence="Nobody is on call by Payments weekly for 2 h from 2026-04-01 08:00 UTC on.",
        schedule_id="payments-weekly",
        user_id="sara",
        service_id="payments",
        start=at(200_000),
        end=at(207_200),
    )
    return AuditFact(
        team_id="payments", members=["sara", "kenji"], made_at=at(0), until=at(30 * 86_400), findings=[gap]
    )


RUNBOOK_EXAMPLES: Mapping[str, Callable[[], Fact]] = {
    "runbook.changed.v1": runbook,
    "execution.started.v1": lambda: execution(ExecutionState.RUNNING),
    "execution.waiting.v1": lambda: execution(ExecutionState.WAITING),
    "execution.progressed.v1": lambda: execution(ExecutionState.RUNNING),
    "execution.finished.v1": lambda: execution(ExecutionState.FAILED),
    "approval.given.v1": approval_answer,
    "approval.settled.v1": approval,
    "notice.requested.v1": notice,
}
"""The data of each event type's example, of what automation tells and is told."""
