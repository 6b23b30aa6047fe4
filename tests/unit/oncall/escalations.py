"""Builders of incidents, people and policies, and a walk that plays news and the clock to the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from services.oncall.directory.people import Team, User
from services.oncall.directory.policy import Policy
from services.oncall.directory.snapshot import Directory
from services.oncall.escalation.escalation import Decision, Escalation
from services.oncall.escalation.incident_news import apply_incident
from services.oncall.escalation.steps import method_failed
from services.oncall.escalation.tick import tick
from services.oncall.holds.run_news import apply_runs
from services.oncall.schedules.plan import Schedule
from shared.events.automation import ExecutionState, HoldingRun, RunbookFact, Trigger
from shared.events.incidents import IncidentFact, Paging, PagingAlert, Position
from shared.events.oncall import PageFact, PageResult, PageState
from shared.triggers.matching import triggered_id
from shared.vocabulary import Category, IncidentStatus, PageReason, Priority, Severity, Urgency

START = datetime(2026, 6, 1, 12, tzinfo=UTC)


def make_user(name: str, *methods: str, rules: Iterable[tuple[str, int, str]] = (), role: str = "responder") -> User:
    """A person; a method `mail` is an e-mail, any other a webhook; a rule is (urgency, after seconds, method)."""
    return User.model_validate(
        {
            "name": name,
            "email": f"{name}@example.org",
            "role": role,
            "contact_methods": [
                {"id": m, "channel": "email", "address": f"{m}@example.org"}
                if m.startswith("mail")
                else {"id": m, "channel": "webhook", "address": f"https://example.org/{m}"}
                for m in methods
            ],
            "notification_rules": [
                {"urgency": urgency, "after_seconds": after, "contact_method_id": method}
                for urgency, after, method in rules
            ],
        }
    )


def make_policy(*steps: str, timeout: int = 300, repeat: int = 0, ack_timeout: int | None = None) -> Policy:
    """A policy; a step is written `user:a team:t schedule:s`."""
    return Policy.model_validate(
        {
            "name": "policy",
            "repeat": repeat,
            "ack_timeout_seconds": ack_timeout,
            "steps": [
                {
                    "timeout_seconds": timeout,
                    "targets": [dict(zip(("type", "id"), word.split(":"), strict=True)) for word in step.split()],
                }
                for step in steps
            ],
        }
    )


def make_directory(
    policy: Policy | None = None,
    *,
    users: Mapping[str, User] | None = None,
    teams: Mapping[str, Iterable[str]] | None = None,
    schedules: Mapping[str, Schedule] | None = None,
    default: str | None = None,
    runbooks: Iterable[RunbookFact] = (),
) -> Directory:
    """People a, b and c with a mail and a webhook each, and the policy `p` (step 1 a, step 2 b)."""
    people = users or {name: make_user(name, "mail", "hook") for name in "abc"}
    return Directory(
        users=people,
        teams={key: Team(name=key, members=tuple(members)) for key, members in (teams or {}).items()},
        schedules=schedules or {},
        policies={"p": policy or make_policy("user:a", "user:b")},
        default_policy=default,
        runbooks=tuple(runbooks),
    )


def make_incident(
    generation: int = 1,
    answered: int = 0,
    *,
    status: str = "",
    reason: PageReason = PageReason.ESCALATION,
    policy: str | None = "p",
    stood: tuple[int, int] | None = None,
    caused: datetime | None = None,
    alert: PagingAlert | None = None,
    **rest: Any,
) -> IncidentFact:
    """An incident of the service `payments`; answered ones are acknowledged unless a status is given.

    `stood`: it was escalated by hand when it stood at this round and step.
    """
    word = status or ("acknowledged" if answered >= generation else "triggered")
    fields: dict[str, Any] = {
        "id": "INC-1",
        "title": "error rate is high",
        "severity": Severity.CRITICAL,
        "priority": Priority.CRITICAL,
        "category": Category.ERROR,
        "urgency": Urgency.HIGH,
        "service_id": "payments",
        "created_at": START,
    }
    return IncidentFact(
        **fields | rest,
        status=IncidentStatus(word),
        escalation_policy_id=policy,
        paging=Paging(
            generation=generation,
            answered=answered,
            reason=reason,
            cause=f"event-{generation}",
            cause_at=caused,
            alert=alert,
            moved_on_from=Position(round=stood[0], step=stood[1]) if stood else None,
        ),
    )


@dataclass
class Walk:
    """Plays news of an incident and the passing of time to one escalation, and keeps what came of it."""

    directory: Directory = field(default_factory=make_directory)
    now: datetime = START
    escalation: Escalation | None = None
    pages: list[PageFact] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    sequence: int = 0
    runs: dict[str, HoldingRun] = field(default_factory=dict)
    """What was told of runbooks, by execution."""
    turn: str | None = None
    """The step that asked for a turn in the last decision."""

    @property
    def state(self) -> Escalation:
        assert self.escalation is not None
        return self.escalation

    def hear(self, fact: IncidentFact, sequence: int | None = None) -> Walk:
        """The incident says this."""
        self.sequence = sequence if sequence is not None else self.sequence + 1
        self._take(apply_incident(self.escalation, fact, self.sequence, self.directory, self.now))
        return self._look_at_runs()

    def hear_run(self, run: HoldingRun) -> Walk:
        """Automation says this of a runbook; the incident may not be known yet."""
        known = self.runs.get(run.execution_id)
        if known is None or known.version < run.version:
            self.runs[run.execution_id] = run
        return self._look_at_runs()

    def wait(self, seconds: float) -> Walk:
        """Time passes; whatever falls due meanwhile is decided at its time."""
        until = self.now + timedelta(seconds=seconds)
        for _ in range(10_000):
            due = self.state.due_at
            if due is None or due > until:
                break
            self.now = max(self.now, due)
            self._take(tick(self.state, self.directory, self.now))
        self.now = until
        return self

    def fail(self, page: PageFact, *, permanent: bool = True) -> Walk:
        """The page could not be handed over."""
        return self._take(method_failed(self.state, make_result(page, permanent=permanent), self.directory, self.now))

    def written(self) -> list[str]:
        """The pages asked for so far, as `person/method step.round`."""
        return [f"{page.user.id}/{page.method.id} {page.step}.{page.round}" for page in self.pages]

    def _look_at_runs(self) -> Walk:
        if self.escalation is None:
            return self
        return self._take(apply_runs(self.escalation, self.runs.values(), self.directory, self.now))

    def _take(self, decision: Decision | None) -> Walk:
        if decision is not None:
            self.escalation = decision.escalation
            self.pages += decision.pages
            self.turn = decision.turn
            if decision.told is not None:
                self.told.append(decision.told.value)
        return self


def make_runbook(id: str = "clean", hold: int = 120, team: str | None = None, **trigger: Any) -> RunbookFact:
    """A runbook that starts by itself, by default for every incident of `payments`, and holds pages so long."""
    triggers = [Trigger(**trigger or {"service_id": "payments"})]
    return RunbookFact(id=id, name=id.title(), team=team, triggers=triggers, hold_pages_seconds=hold)


def make_run(state: str = "running", runbook: str = "clean", *, incident: str = "INC-1", **rest: Any) -> HoldingRun:
    """What automation tells of a runbook."""
    state_ = ExecutionState(state)
    fields: dict[str, Any] = {
        "execution_id": triggered_id(incident, runbook),
        "version": 2 if state_.is_over else 1,
        "incident_id": incident,
        "runbook_id": runbook,
        "runbook_name": runbook.title(),
        "state": state_,
        "created_at": START,
        "at": START,
    }
    return HoldingRun(**fields | rest)


def make_result(
    page: PageFact, *, state: PageState = PageState.FAILED, permanent: bool = True, attempts: int = 1
) -> PageResult:
    """What became of a page."""
    return PageResult(
        page_id=page.page_id,
        incident_id=page.incident.id,
        user_id=page.user.id,
        method_id=page.method.id,
        channel=page.method.channel,
        urgency=page.urgency,
        step=page.step,
        round=page.round,
        generation=page.generation,
        reason=page.reason,
        state=state,
        attempts=attempts,
        permanent=permanent,
        detail="550 no such user",
        requested_at=page.requested_at,
        at=page.requested_at,
    )
