"""What HTTP takes and shows of executions; clients are written against these names."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.automation.actions.contract import FailReason
from services.automation.executions.answers import MAX_NOTE
from services.automation.executions.execution import Actor, Execution, PlannedStep, StepRun, StepState
from services.automation.executions.facts import output_size_of, waiting_fact
from services.automation.runbooks.parameter import Value
from services.automation.values.values import MASK
from shared.events.automation import ExecutionState


class RunRequest(BaseModel):
    """The body that runs a runbook."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    runbook_id: Annotated[str, Field(min_length=1, max_length=128)]
    parameters: Annotated[dict[Annotated[str, Field(max_length=200)], Value | None], Field(max_length=100)] = {}
    dry_run: bool = False
    """Say what would be done, where, as whom and why; do nothing."""
    alert_id: Annotated[str | None, Field(max_length=128)] = None
    """The alert of the incident that fills it in; none: one that matches, else the first that fires."""


class NoteRequest(BaseModel):
    """The body that answers what an execution waits for; it may be left out."""

    note: Annotated[str, Field(max_length=MAX_NOTE)] = ""


class DoneRequest(NoteRequest):
    """The body that says of a step by hand how it went."""

    outcome: Annotated[str, Field(pattern="^(done|failed)$")] = "done"

    @model_validator(mode="before")
    @classmethod
    def _from_nothing(cls, value: object) -> object:
        return {} if value is None else value


class ActorView(BaseModel):
    """Who did something: a person, a key behind which is none, or Tocsin itself."""

    user_id: str | None
    name: str
    kind: str


class MatchView(BaseModel):
    """Why a runbook matches the incident."""

    trigger: int
    """Its place in the runbook, from 1."""
    criteria: list[str]
    alert_id: str | None


class PlanView(BaseModel):
    """What a step would do."""

    what: str
    where: str
    as_whom: str
    environment: dict[str, str]
    flaw: str
    """Why it could not be done; empty where it could."""


class WaitingView(BaseModel):
    """What it waits for."""

    n: int
    name: str
    kind: str
    """`approval`: somebody else than the starter has to agree; `manual`: somebody has to do the step and say so."""
    asks: str
    until: datetime


class StepView(BaseModel):
    """How one step went."""

    n: int
    name: str
    type: str
    state: StepState
    attempt: int
    exit_code: int | None
    reason: FailReason | None
    detail: str
    output: str
    """The end of it; all of it is at `/executions/{id}/steps/{n}/output`."""
    output_size: int
    output_cut: bool
    """There was more than is kept."""
    started_at: datetime | None
    ended_at: datetime | None
    approved_by: ActorView | None
    done_by: ActorView | None
    note: str
    plan: PlanView | None
    """Of a dry run."""


class ExecutionView(BaseModel):
    """An execution of a runbook."""

    id: str
    version: int
    runbook_id: str
    runbook_version: int
    runbook_name: str
    incident_id: str
    service_id: str | None
    drill_id: str | None
    state: ExecutionState
    reason: FailReason | None
    detail: str
    dry_run: bool
    attempt: int
    started_by: ActorView
    retried_by: ActorView | None
    cancelled_by: ActorView | None
    is_triggered: bool
    matched: MatchView | None
    """Why the runbook matches this incident; null where it does not by itself."""
    parameters: dict[str, str]
    waiting: WaitingView | None
    steps: list[StepView]
    created_at: datetime
    ended_at: datetime | None


class OutputView(BaseModel):
    """Part of what a step wrote."""

    text: str
    after: int
    """How many characters come before it."""
    next_after: int
    """What to ask for next."""
    attempt: int
    is_complete: bool
    """Nothing more will come of this attempt, and this is the end of it."""


def execution_view(execution: Execution) -> ExecutionView:
    """An execution as people see it; in a list without what its steps wrote."""
    waiting, matched = waiting_fact(execution), execution.matched
    shown = {name: execution.values.find(f"parameters.{name}") for name in execution.parameter_names}
    return ExecutionView(
        id=execution.id,
        version=execution.version,
        runbook_id=execution.runbook_id,
        runbook_version=execution.runbook_version,
        runbook_name=execution.runbook_name,
        incident_id=execution.incident_id,
        service_id=execution.service_id,
        drill_id=execution.drill_id,
        state=execution.state,
        reason=execution.reason,
        detail=execution.detail,
        dry_run=execution.dry_run,
        attempt=execution.attempt,
        started_by=actor_view(execution.starter),
        retried_by=_maybe_actor(execution.retried_by),
        cancelled_by=_maybe_actor(execution.cancelled_by),
        is_triggered=execution.is_triggered,
        matched=MatchView(**matched.model_dump()) if matched is not None else None,
        # what is not among the values is a secret
        parameters={name: MASK if value is None else value for name, value in shown.items()},
        waiting=WaitingView(
            n=waiting.n,
            name=waiting.name,
            kind="approval" if waiting.needs_approval else "manual",
            asks=waiting.asks,
            until=waiting.until,
        )
        if waiting is not None
        else None,
        steps=[_step_view(execution, place, run) for place, run in enumerate(execution.runs)],
        created_at=execution.created_at,
        ended_at=execution.ended_at,
    )


def actor_view(actor: Actor) -> ActorView:
    """Who did something."""
    kind = "tocsin" if actor.is_tocsin else "person" if actor.user_id is not None else "key"
    return ActorView(user_id=actor.user_id, name=actor.name, kind=kind)


def _maybe_actor(actor: Actor | None) -> ActorView | None:
    return actor_view(actor) if actor is not None else None


def _step_view(execution: Execution, place: int, run: StepRun) -> StepView:
    is_live = execution.live is not None and place == execution.at
    planned = execution.plans[place] if place < len(execution.plans) else None
    return StepView(
        n=place + 1,
        name=execution.names[place],
        type=execution.types[place],
        state=run.state,
        attempt=run.attempt,
        exit_code=run.exit_code,
        reason=run.reason,
        detail=run.detail,
        output=run.tail,
        output_size=output_size_of(execution) if is_live else run.output_size,
        output_cut=run.output_cut,
        started_at=run.started_at,
        ended_at=run.ended_at,
        approved_by=_maybe_actor(run.approved_by),
        done_by=_maybe_actor(run.done_by),
        note=run.note,
        plan=_plan_view(planned) if planned is not None else None,
    )


def _plan_view(planned: PlannedStep) -> PlanView:
    return PlanView(**planned.model_dump())
