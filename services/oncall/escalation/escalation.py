"""The state of one incident's escalation, and the words for everything that is decided about it.

An escalation follows its incident: it keeps the newest state it was told of, a copy of the policy as it was when it
started, how far it went, and the pages that wait for their time. `following` decides on news of the incident,
`stepping` on the passing of time and on pages that failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.oncall.directory.policy import Choice, Snapshot, Via
from services.oncall.escalation.notification_rules import NoticeRule
from shared.events.incidents import EffectFact, Position
from shared.events.oncall import EscalationFact, EscalationState, FailedRunbook, PagedIncident, PageFact
from shared.stored import Stored
from shared.vocabulary import Channel, PageReason, Severity, Urgency

LOG_LIMIT = 200
"""Decisions that are kept for people to read; the oldest go first."""
ATTEMPT_LIMIT = 2000
"""Pages that are remembered, for people to read and for choosing the next method; the oldest go first."""


class Reason(StrEnum):
    """Why something was decided."""

    STARTED = "started"
    RESTARTED = "restarted"
    RESUMED = "resumed_after_snooze"
    STEP_STARTED = "step_started"
    STEP_SKIPPED = "step_skipped_nobody_on_call"
    RULE_DUE = "delayed_rule_due"
    NEXT_METHOD = "next_method_after_failure"
    NO_METHOD_LEFT = "no_method_left_after_failure"
    METHOD_GONE = "contact_method_gone"
    ANSWERED = "answered"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    MERGED = "merged"
    IMPORTED = "imported"
    EXHAUSTED = "exhausted"
    NOBODY_NO_POLICY = "nobody_no_policy"
    NOBODY_UNKNOWN_POLICY = "nobody_unknown_policy"
    NOBODY_NO_STEPS = "nobody_policy_without_steps"
    NOBODY_ON_CALL = "nobody_on_call"
    NOBODY_REACHED = "nobody_reached"
    ACK_TIMED_OUT = "ack_timed_out"
    BY_HAND = "escalated_by_hand"
    FELL_BACK = "fell_back_nobody_reached"
    HELD = "held_for_runbook"
    HOLD_OVER = "hold_over"
    RUNBOOK_SUCCEEDED = "runbook_succeeded"
    RUNBOOK_FAILED = "runbook_failed"
    RUNBOOK_NOT_BEGUN = "runbook_not_begun"
    RUNBOOK_RAN_BEFORE = "runbook_ran_before"


class PendingPage(Stored):
    """A page whose rule has it wait."""

    user_id: str
    method_id: str
    due_at: datetime
    step: int
    round: int
    rule: NoticeRule | None = None


class Attempt(Stored):
    """A page that was asked for, as far as the engine goes; what became of it stands in its row."""

    page_id: str
    user_id: str
    method_id: str
    channel: Channel
    step: int
    round: int
    generation: int
    reason: PageReason
    cause: str
    """Of the start that it belongs to: each start over has another."""
    urgency: Urgency
    requested_at: datetime
    rule: NoticeRule | None = None
    failed: bool = False
    lost: bool = False
    """It failed for good: nobody was reached by it."""


class JournalEntry(Stored):
    """One decision, as `explain` tells it."""

    at: datetime
    reason: Reason
    generation: int
    step: int
    round: int
    users: tuple[str, ...] = ()
    """Whom it concerns: those who are told, or whose waiting page was dropped."""
    methods: tuple[str, ...] = ()
    via: tuple[Via, ...] = ()
    """Of a step: whom its targets meant when it began, or that they meant nobody."""
    runbooks: tuple[str, ...] = ()
    """What the runbooks are called that it is about."""
    until: datetime | None = None
    """Of a hold: when the first step begins at the latest."""
    detail: str = ""
    """Why a runbook failed, or was not begun, in words."""


class HoldingRunbook(Stored):
    """A runbook for which the first step waits, and why it starts by itself."""

    id: str
    name: str
    seconds: int
    criteria: tuple[str, ...] = ()
    """What of its trigger held, as `name=value`."""
    succeeded_at: datetime | None = None


class Hold(Stored):
    """The first step of a generation waits for runbooks to do without people."""

    runbooks: tuple[HoldingRunbook, ...]
    since: datetime
    until: datetime
    """When the step begins at the latest: the longest of their holds, from the instant at which it would have begun."""
    end: Reason | None = None
    """What ended it; None: nothing so far."""
    ended_at: datetime | None = None
    failure: FailedRunbook | None = None
    """The runbook that ended it by its failure: pages tell of it."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the runbooks are called."""
        return tuple(one.name for one in self.runbooks)


class Escalation(Stored):
    """Everything the engine knows of one incident."""

    incident: PagedIncident
    urgency: Urgency
    team: str | None = None
    """Whose incident it is."""
    drill: bool = False
    drill_runs_runbooks: bool = False
    """Of a drill whose runbooks really run."""
    effects: tuple[EffectFact, ...] = ()
    """The services whose alerts joined the incident as effects, and page nobody of their own."""
    incident_sequence: int
    """Of the newest state of the incident that was folded in."""
    policy: Snapshot | None = None
    choice: Choice | None = None
    own_policy: Snapshot | None = None
    """Where another policy took over: the one that was copied at first, which the next generation begins with again."""
    own_choice: Choice | None = None
    """Why it followed that one; None: nothing took over."""
    generation: int = 0
    answered: int = 0
    reason: PageReason = PageReason.ESCALATION
    cause: str = ""
    caused_at: datetime | None = None
    """When what caused this generation reached Tocsin."""
    moved_on_from: Position | None = None
    """Where this generation stood when somebody had it escalated by hand."""
    state: EscalationState = EscalationState.ENDED
    step: int = 0
    round: int = 0
    step_started_at: datetime | None = None
    next_step_at: datetime | None = None
    """While it runs: when the next step begins."""
    ack_due_at: datetime | None = None
    """While it is answered: when the acknowledgement runs out."""
    ack_timed_out: int = 0
    """The newest generation whose acknowledgement ran out."""
    wake_at: datetime | None = None
    """While it is snoozed: when it goes on even if the incident says nothing."""
    hold: Hold | None = None
    """What kept, or keeps, the first step of this generation."""
    held_for: tuple[str, ...] = ()
    """The runbooks, by id, for which a step waited already: each starts once for an incident."""
    notified: tuple[str, ...] = ()
    pending: tuple[PendingPage, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    log: tuple[JournalEntry, ...] = ()
    correlation: str | None = None
    traceparent: str | None = None

    @property
    def is_held(self) -> bool:
        """True while the first step waits for a runbook."""
        return self.state is EscalationState.RUNNING and self.hold is not None and self.hold.end is None

    @property
    def reached(self) -> bool:
        """True when a page that was not lost for good was asked for since the last start, or will be."""
        return bool(self.pending) or any(one.cause == self.cause and not one.lost for one in self.attempts)

    @property
    def is_grave(self) -> bool:
        """True for an incident that must not end with nobody told."""
        return self.incident.severity in (Severity.CRITICAL, Severity.HIGH)

    def has_reached_in(self, round_: int) -> bool:
        """True when a round of the present start has a page that waits, or was not lost for good."""
        waits = any(page.round == round_ for page in self.pending)
        return waits or any(one.cause == self.cause and one.round == round_ and not one.lost for one in self.attempts)

    @property
    def pages_nobody(self) -> bool:
        """True where there is nobody who could be paged: people must hear of it otherwise."""
        return self.state is EscalationState.NOBODY

    @property
    def is_paging(self) -> bool:
        """True while pages may still go out: nobody has answered."""
        return self.state in (EscalationState.RUNNING, EscalationState.EXHAUSTED)

    @property
    def due_at(self) -> datetime | None:
        """When the clock next has something to decide; None when only news of the incident can."""
        times: list[datetime | None] = []
        match self.state:
            case EscalationState.RUNNING:
                times = [self.next_step_at, *(page.due_at for page in self.pending)]
            case EscalationState.EXHAUSTED:
                times = [page.due_at for page in self.pending]
            case EscalationState.ANSWERED:
                times = [self.ack_due_at]
            case EscalationState.SNOOZED:
                times = [self.wake_at]
            case _:
                pass
        return min((at for at in times if at is not None), default=None)

    def note(
        self,
        reason: Reason,
        now: datetime,
        users: Sequence[str] = (),
        methods: Sequence[str] = (),
        via: Sequence[Via] = (),
    ) -> Escalation:
        """A copy that remembers this decision."""
        entry = JournalEntry(
            at=now,
            reason=reason,
            generation=self.generation,
            step=self.step,
            round=self.round,
            users=tuple(users),
            methods=tuple(methods),
            via=tuple(via),
        )
        return self.changed(log=(*self.log, entry)[-LOG_LIMIT:])

    def note_runbooks(
        self, reason: Reason, now: datetime, names: Sequence[str], *, until: datetime | None = None, detail: str = ""
    ) -> Escalation:
        """A copy that remembers this decision about runbooks that are called so."""
        noted = self.note(reason, now)
        entry = noted.log[-1].changed(runbooks=tuple(names), until=until, detail=detail)
        return noted.changed(log=(*noted.log[:-1], entry))

    def waits_until(self, seconds: float, now: datetime) -> Escalation:
        """A copy whose present step began now and times out after so many seconds."""
        return self.changed(step_started_at=now, next_step_at=now + timedelta(seconds=seconds))


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of an escalation: its next state, the pages to ask for, and what to tell, if anything."""

    escalation: Escalation
    pages: tuple[PageFact, ...] = ()
    told: Reason | None = None
    """The reason to tell in `escalation.changed`; None: nothing that others need to know."""
    turn: str | None = None
    """The round-robin step that began: it is to be decided with a turn of its own."""

    def with_trace(self, correlation: str, traceparent: str | None) -> Decision:
        """The decision with this trace: its pages and events, now and later, carry it."""
        return replace(self, escalation=self.escalation.changed(correlation=correlation, traceparent=traceparent))

    def then(self, later: Decision) -> Decision:
        """This decision and the one that was made after it, on its outcome, as one."""
        told, turn = later.told or self.told, later.turn or self.turn
        return Decision(later.escalation, (*self.pages, *later.pages), told, turn)

    def fact(self) -> EscalationFact:
        """The event's data."""
        now = self.escalation
        return EscalationFact(
            incident_id=now.incident.id,
            state=now.state,
            generation=now.generation,
            reason=now.reason,
            policy_id=now.policy.id if now.policy else None,
            step=now.step,
            round=now.round,
            notified=list(now.notified),
            next_step_at=now.next_step_at,
            ack_timed_out=self.told is Reason.ACK_TIMED_OUT,
            detail=self.told or "",
            held_until=now.hold.until if now.hold is not None and now.is_held else None,
            held_for=list(now.hold.names) if now.hold is not None and now.is_held else [],
            took_over=now.choice.value if now.choice is not None and now.own_choice is not None else "",
        )
