"""What automation tells: runbooks, and their executions. People are named by their ids only; no output is in it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from shared.events.envelope import Fact
from shared.text.patterns import LONGEST_PATTERN, require_pattern
from shared.vocabulary import Category, Channel, Severity


def _optional_pattern(text: str | None) -> str | None:
    return text if text is None else require_pattern(text)


Word = Annotated[str, Field(min_length=1, max_length=1000)]


class Trigger(Fact):
    """When a runbook starts by itself: all of what is given must hold of one incident, or of one of its alerts.

    `shared.triggers.matching` says what is held against it.
    """

    service_id: Annotated[str | None, Field(max_length=128)] = None
    category: Category | None = None
    severity: Severity | None = None
    labels: Annotated[dict[Word, Annotated[str, Field(max_length=1000)]], Field(max_length=20)] = {}
    """Each of them must be a label of one alert, with this value."""
    title_regex: Annotated[str | None, Field(max_length=LONGEST_PATTERN), AfterValidator(_optional_pattern)] = None
    """In the syntax of RE2; it is looked for in the first 1 000 characters."""


class RunbookFact(Fact):
    """A runbook, as far as others need to know it: what starts it, what that holds up, and what it is found by."""

    id: str
    name: str
    team: str | None = None
    """A runbook of a team starts by itself for that team's incidents only; of nobody for all."""
    triggers: list[Trigger] = []
    quiet_seconds: int = 0
    """After it began by itself for a service it does not for so long."""
    hold_pages_seconds: int = 0
    """So much later than else the first step of an incident's escalation begins, where a trigger matches."""
    description: str = ""
    """The first 2 000 characters of it."""
    steps: list[str] = []
    """What its steps are called, in their order."""
    updated_at: datetime | None = None
    deleted: bool = False


class ExecutionState(StrEnum):
    """Where an execution of a runbook stands."""

    RUNNING = "running"
    WAITING = "waiting"
    """For a person: to approve, or to do a step by hand."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """True once nothing more happens by itself."""
        return self not in (ExecutionState.RUNNING, ExecutionState.WAITING)


class WaitingFact(Fact):
    """What an execution waits for."""

    n: int
    """The step's number, from 1."""
    name: str
    needs_approval: bool
    """An approver who is not the starter; else somebody who does the step by hand and says so."""
    asks: str = ""
    """What is to be agreed to, or to be done."""
    until: datetime
    """Until then it waits. With execution and step it says which waiting this is: another one ends at another time."""
    approvers: list[str] = []
    """Ids of the people who are asked to approve; none where somebody is to do the step."""


class ExecutionFact(Fact):
    """An execution of a runbook. Nothing of its output and none of its parameters is in it."""

    id: str
    runbook_id: str
    runbook_version: int
    runbook_name: str
    incident_id: str
    service_id: str | None = None
    team: str | None = None
    """The incident's."""
    runbook_team: str | None = None
    state: ExecutionState
    reason: str | None = None
    """Why it failed, was cancelled, or was not begun."""
    detail: str = ""
    step: int = 0
    """The number of the step that it is at, from 1; 0 before the first."""
    step_name: str = ""
    steps: int = 0
    """How many it has."""
    output_size: int = 0
    """Characters of output that there are of this step, for whoever wants to read more of it."""
    started_by: str
    """A person's id or a key's name; of what a trigger started, `tocsin`."""
    trigger: list[str] = []
    """What matched, as `name=value`; empty for what a person started."""
    hold_pages_seconds: int = 0
    """So long the runbook holds up pages of the incidents that it starts for by itself."""
    dry_run: bool = False
    drill_id: str | None = None
    attempt: int = 1
    """1, and one more for each time that somebody had it go on after a failure."""
    waiting: WaitingFact | None = None
    created_at: datetime
    ended_at: datetime | None = None


class ApprovalAnswer(Fact):
    """Somebody answered from a message that a step may run or may not; automation decides whether that counts.

    Each answer is a fact of its own: its event's id is that of the one press of the one button.
    """

    id: str
    """The same for the same press, however often it is told."""
    execution_id: str
    n: int
    """The step's number, from 1."""
    until: datetime
    """The end of the waiting that is answered."""
    approve: bool
    """False: it is not to run."""
    user_id: str
    via: Channel
    at: datetime


class ApprovalOutcome(StrEnum):
    """What became of a waiting for an approval, or of one answer to it."""

    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    """The execution was."""
    REFUSED = "refused"
    """An answer that did not count; it waits as before, if it still does."""


class ApprovalFact(Fact):
    """A waiting for an approval is over, or an answer to it did not count."""

    execution_id: str
    incident_id: str
    runbook_name: str
    n: int
    """The step's number, from 1."""
    step_name: str
    until: datetime
    """The end of the waiting that this is about."""
    outcome: ApprovalOutcome
    user_id: str | None = None
    """The person who decided, or whose answer was refused."""
    by: str = ""
    """Who decided: a person's id or a key's name; empty where nobody did."""
    answer_id: str | None = None
    """The answer from a message that this follows from."""
    code: str = ""
    """Of a refused one why, as HTTP says it (`own_approval`, `forbidden`, `not_waiting`)."""
    drill_id: str | None = None
    at: datetime


class NoticeFact(Fact):
    """People are to be told something by a runbook's step."""

    id: str
    execution_id: str
    incident_id: str
    incident_title: str
    runbook_name: str
    text: str
    people: list[str] = []
    """Ids."""
    teams: list[str] = []
    drill_id: str | None = None
    at: datetime


class OutputLine(Fact):
    """The end of what a step wrote, for the incident's timeline.

    It is no event: it goes straight to the incident service's queue, so nobody else hears of it and no log keeps it.
    """

    id: str
    """The same however often it is sent."""
    incident_id: str
    runbook_name: str
    n: int
    """The step's number, from 1."""
    step_name: str
    succeeded: bool
    exit_code: int | None = None
    text: str
    """At most 2 000 characters, secrets masked."""
    is_whole: bool = True
    """False where the step wrote more than this."""
    at: datetime


OUTPUT_LINES = "incident.lines"
"""The queue that takes them, by its short name."""

MOST_OF_OUTPUT = 500
"""Characters of an output's end that a page has."""


class HoldingRun(Fact):
    """How a runbook fares for which pages are held up: that it began by itself, was not begun, or has ended.

    It is no event, for the end of an output is in it: it goes straight to on-call's queue. All that ends a hold comes
    with what the page then says, so that none is sent without it.
    """

    execution_id: str
    version: int
    """Of the execution; the newest counts."""
    incident_id: str
    runbook_id: str
    runbook_name: str
    state: ExecutionState
    attempt: int = 1
    """More than 1: it failed before, and somebody had it go on."""
    reason: str | None = None
    detail: str = ""
    step: int = 0
    """The number of the step that failed, from 1; 0: none did."""
    step_name: str = ""
    exit_code: int | None = None
    output: str = ""
    """The end of what that step wrote, at most `MOST_OF_OUTPUT` characters, secrets masked."""
    output_is_whole: bool = True
    created_at: datetime
    at: datetime


HOLDING_RUNS = "oncall.runbooks"
"""The queue that takes them, by its short name."""
