"""One waiting for an approval, as comms asks for it: where that is said in Slack, and what became of it. Pure.

A waiting is told apart from any other by execution, step and the time at which it ends. What is decided about it may be
heard of before it is: then the request is only a mark, and nobody is asked any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from services.comms.delivery.outcome import Outcome, OutcomeKind
from services.comms.delivery.retry import Patience, Tried, after_failure
from shared.clocks.epoch import to_millis
from shared.events.automation import ApprovalFact, ApprovalOutcome, ExecutionFact, WaitingFact
from shared.ids import derive_id
from shared.stored import Stored

PATIENCE = Patience(timedelta(hours=24), max_busy=200, down_longest_seconds=30.0, busy_longest_seconds=120.0)
KEPT_FOR = timedelta(days=30)
"""After the end of the waiting."""
MOST_PRESSES = 20
"""Of so many the answer is remembered; of more the oldest go."""


class SlackMessage(Stored):
    """Where it is asked in Slack, and whether it was."""

    user_id: str | None = None
    """The person in whose conversation; None for a channel."""
    channel: str | None = None
    reference: str | None = None
    """`channel/ts`, once it stands there."""
    shows_end: bool = False
    """It says what became of it."""
    given_up: bool = False
    """Slack refuses for good."""

    @property
    def place(self) -> str:
        """What tells the messages of one request apart."""
        return self.user_id or self.channel or ""


class PendingPress(Stored):
    """A press of which it is not known yet whether it counts."""

    answer_id: str
    sealed_url: str
    """Where Slack takes a word to who pressed it; whoever knows it may speak there, so it is sealed."""
    locale: str


class ApprovalRequest(Stored):
    """One request, as it is stored. People stand in it by their ids only."""

    id: str
    version: int = 0
    execution_id: str
    n: int
    until: datetime
    step_name: str = ""
    runbook_name: str = ""
    incident_id: str = ""
    incident_title: str = ""
    asks: str = ""
    started_by: str = ""
    drill_id: str | None = None
    messages: list[SlackMessage] = []
    decided: ApprovalFact | None = None
    presses: list[PendingPress] = []
    attempts: int = 0
    busy_attempts: int = 0
    trying_since: datetime | None = None
    due_at: datetime | None = None
    expire_at: datetime | None = None

    def with_message(self, place: str, **changes: object) -> ApprovalRequest:
        """With these fields of one message."""
        return self.changed(messages=[one.changed(**changes) if one.place == place else one for one in self.messages])


def request_id(execution_id: str, n: int, until: datetime) -> str:
    """The id of one waiting."""
    return derive_id(execution_id, n, to_millis(until), prefix="apq_")


def new_request(
    fact: ExecutionFact, waiting: WaitingFact, title: str, places: Sequence[SlackMessage], now: datetime
) -> ApprovalRequest:
    """The request as it is first stored; `places` is where it is asked in Slack."""
    return ApprovalRequest(
        id=request_id(fact.id, waiting.n, waiting.until),
        execution_id=fact.id,
        n=waiting.n,
        until=waiting.until,
        step_name=waiting.name,
        runbook_name=fact.runbook_name,
        incident_id=fact.incident_id,
        incident_title=title,
        asks=waiting.asks,
        started_by=fact.started_by,
        drill_id=fact.drill_id,
        messages=list(places),
        due_at=now if places else None,
        expire_at=waiting.until + KEPT_FOR,
    )


def decided_request(fact: ApprovalFact) -> ApprovalRequest:
    """The mark of a waiting that was over before it was heard of."""
    return ApprovalRequest(
        id=request_id(fact.execution_id, fact.n, fact.until),
        execution_id=fact.execution_id,
        n=fact.n,
        until=fact.until,
        decided=fact,
        expire_at=fact.until + KEPT_FOR,
    )


def apply_settled(request: ApprovalRequest, fact: ApprovalFact, now: datetime) -> ApprovalRequest:
    """The request after what became of it, or of one answer to it."""
    left = [one for one in request.presses if one.answer_id != fact.answer_id]
    if fact.outcome is ApprovalOutcome.REFUSED:
        return request.changed(presses=left)
    if request.decided is not None:
        return request
    due_at = now if request.messages else None
    return request.changed(decided=fact, presses=left, due_at=due_at, attempts=0, busy_attempts=0, trying_since=None)


def with_press(request: ApprovalRequest, press: PendingPress) -> ApprovalRequest:
    """The request with a press of which is to be heard; one that is there already stays."""
    if any(one.answer_id == press.answer_id for one in request.presses):
        return request
    return request.changed(presses=[*request.presses, press][-MOST_PRESSES:])


def is_to_post(request: ApprovalRequest, message: SlackMessage, now: datetime) -> bool:
    """True of a message that is to be written, while it is of use."""
    return request.decided is None and now < request.until and message.reference is None and not message.given_up


def is_to_update(request: ApprovalRequest, message: SlackMessage) -> bool:
    """True of a message that is to say what became of it."""
    return request.decided is not None and message.reference is not None and not message.shows_end


def after_trouble(
    request: ApprovalRequest, place: str, outcome: Outcome, now: datetime, jitter: float
) -> ApprovalRequest:
    """The request after Slack did not do something for one message: later again, or never where that changes nothing.

    What one person's conversation refuses keeps nobody else from being asked.
    """
    if outcome.kind is OutcomeKind.REFUSED:
        return request.with_message(place, given_up=True, shows_end=True)
    tried = Tried(request.attempts, request.busy_attempts, request.trying_since)
    due_at = after_failure(tried, outcome, PATIENCE, now, jitter).due_at
    return request.changed(
        attempts=request.attempts + 1,
        busy_attempts=request.busy_attempts + (outcome.kind is OutcomeKind.BUSY),
        trying_since=request.trying_since or now,
        due_at=due_at,
    )


Changing = Callable[[ApprovalRequest], ApprovalRequest]
