"""An execution: one run of a runbook for one incident, with its steps and parameters as they were when it began."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import ConfigDict, Field

from services.automation.actions.contract import FailReason, Step, WaitsFor
from services.automation.runbooks.runbook import AnyStep
from services.automation.values.values import Values
from shared.events.automation import ExecutionState
from shared.stored import Stored

SYSTEM = "tocsin"
"""Who starts what a trigger starts."""
TAIL = 4000
"""Characters of a step's output that its execution keeps: the end."""


class StepState(StrEnum):
    """Where a step stands."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    """It was not its turn: an earlier one failed, or it runs only when another has."""
    CANCELLED = "cancelled"


class Actor(Stored):
    """Who did something with an execution: a person, a key behind which is none, or Tocsin itself."""

    user_id: str | None = None
    key_id: str | None = None
    name: str = SYSTEM

    @property
    def is_tocsin(self) -> bool:
        """True for what a trigger did."""
        return self.user_id is None and self.key_id is None

    def is_same(self, other: Actor) -> bool:
        """Compared by person, by key only where no person is behind."""
        if self.is_tocsin or other.is_tocsin:
            return False
        if self.user_id is not None or other.user_id is not None:
            return self.user_id == other.user_id
        return self.key_id == other.key_id


class Matched(Stored):
    """Why a runbook matches an incident."""

    trigger: int
    """The place of the trigger in the runbook, from 1."""
    criteria: list[str]
    """What of it held, as `name=value`."""
    alert_id: str | None = None


class PlannedStep(Stored):
    """What a step would do, as people see it."""

    what: str
    where: str
    as_whom: str
    environment: dict[str, str] = {}
    flaw: str = ""


class StepRun(Stored):
    """How one step went. Its number is its place, from 1."""

    state: StepState = StepState.PENDING
    attempt: int = 0
    """How often it was begun."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    exit_code: int | None = None
    reason: FailReason | None = None
    detail: str = ""
    output_size: int = 0
    """Characters of this attempt's output."""
    output_cut: bool = False
    tail: str = ""
    """The end of its output."""
    waits_for: WaitsFor | None = None
    waits_until: datetime | None = None
    asks: str = ""
    """What a person is to do or to agree to."""
    asked: list[str] = []
    """Ids of the people who were asked to approve."""
    answer_id: str | None = None
    """The answer from a message that decided, if one did: told again it has nothing to decide."""
    approved_by: Actor | None = None
    """Who agreed to this attempt of a dangerous step, or to an approval."""
    done_by: Actor | None = None
    """Who said that a step by hand is done, or could not be."""
    note: str = ""


class Live(Stored):
    """What is known of a step while it runs, written every moment and therefore apart."""

    n: int
    output_size: int


class Execution(Stored):
    """One run of a runbook."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    version: int = 0
    runbook_id: str
    runbook_version: int
    runbook_name: str
    team: str | None = None
    """The runbook's."""
    incident_id: str
    incident_title: str = ""
    incident_team: str | None = None
    service_id: str | None = None
    drill_id: str | None = None
    starter: Actor
    matched: Matched | None = None
    is_triggered: bool = False
    chain: list[str] = []
    """The runbooks whose steps asked for this one, the first of them first."""
    hold_pages_seconds: int = 0
    dry_run: bool = False
    state: ExecutionState = ExecutionState.RUNNING
    reason: FailReason | None = None
    detail: str = ""
    attempt: int = 1
    retried_by: Actor | None = None
    cancelled_by: Actor | None = None
    """Who wants it to end; it has ended once its state says so."""
    values: Values = Values()
    """The incident's and the alert's, and parameters that are no secrets, as they were."""
    parameter_names: list[str] = []
    sealed: str | None = Field(default=None, repr=False)
    """Its secret parameters."""
    labels: dict[str, str] = {}
    assignees: list[str] = []
    participants: list[str] = []
    role_holders: dict[str, list[str]] = {}
    names: list[str] = []
    """What its steps are called, and below of which kinds they are: lists of executions hold no more of them."""
    types: list[str] = []
    steps: list[AnyStep] = []
    runs: list[StepRun] = []
    plans: list[PlannedStep] = []
    """Of a dry run: what each step would do."""
    at: int = 0
    """The place of the step whose turn it is, from 0."""
    failed_at: int | None = None
    """The place of the step that failed, while the one that runs for this case does."""
    live: Live | None = None
    created_at: datetime
    ended_at: datetime | None = None
    due_at: datetime | None = None
    expire_at: datetime | None = None

    @property
    def step(self) -> Step:
        """The step whose turn it is."""
        return self.steps[self.at]

    @property
    def run(self) -> StepRun:
        """How that went so far."""
        return self.runs[self.at]

    @property
    def is_running(self) -> bool:
        """True while a process has a step in hand."""
        return self.state is ExecutionState.RUNNING and bool(self.runs) and self.run.state is StepState.RUNNING

    @property
    def own_people(self) -> set[str]:
        """The ids of who started it, and of who had it go on: what people are behind it."""
        behind = (self.starter, self.retried_by)
        return {one.user_id for one in behind if one is not None and one.user_id is not None}

    @property
    def needs_approval(self) -> bool:
        """True while it waits for somebody to approve."""
        return self.state is ExecutionState.WAITING and self.run.waits_for is WaitsFor.APPROVER

    @property
    def helpers(self) -> Sequence[int]:
        """The places of the steps that run only when another has failed."""
        wanted = {getattr(one.on_failure, "run", None) for one in self.steps}
        return [place for place, one in enumerate(self.steps) if one.name in wanted]

    def with_run(self, place: int, **fields: object) -> Execution:
        """With these fields of one step's run."""
        runs = [run.changed(**fields) if n == place else run for n, run in enumerate(self.runs)]
        return self.changed(runs=runs)
