"""A runbook: its content as it is kept, and what may be wrong with it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Union

from pydantic import ConfigDict, Field, GetPydanticSchema, StringConstraints

from services.automation.actions import request_models, step_models
from services.automation.actions.contract import RunStep, Step
from services.automation.runbooks.parameter import Fault, Parameter, parameter_faults
from shared.events.automation import RunbookFact, Trigger
from shared.stored import Stored
from shared.triggers.matching import criteria_of

MAX_STEPS = 50
MAX_PARAMETERS = 50
MAX_TRIGGERS = 50
MAX_HOLD_SECONDS = 600
MAX_QUIET_SECONDS = 30 * 86_400
TOLD_DESCRIPTION = 2_000
"""Characters of a description that others are told."""

_BY_TYPE = Field(discriminator="type")
AnyStep = Annotated[
    Step, GetPydanticSchema(lambda _, handler: handler(Annotated[Union[tuple(step_models().values())], _BY_TYPE]))  # noqa: UP007
]
"""A step of any kind there is, as it is kept."""
AnyStepRequest = Annotated[
    Step, GetPydanticSchema(lambda _, handler: handler(Annotated[Union[tuple(request_models())], _BY_TYPE]))  # noqa: UP007
]
"""The same as it comes in."""

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class TriggerRequest(Trigger):
    """A trigger as it comes in: a criterion that there is not is refused, for without it more would match."""

    model_config = ConfigDict(extra="forbid")


class RunbookContent(Stored):
    """What of a runbook is kept beside its steps, parameters and triggers."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    name: Name
    description: Annotated[str, Field(max_length=10_000)] = ""
    team: Annotated[str | None, Field(max_length=128)] = None
    """Whose it is. Nobody's is for all to see and to run, and changed only by keys that are limited to no team."""
    quiet_seconds: Annotated[int, Field(ge=0, le=MAX_QUIET_SECONDS)] = 0
    """After it began by itself for a service it does not for so long."""
    hold_pages_seconds: Annotated[int, Field(ge=0, le=MAX_HOLD_SECONDS)] = 0
    """Where a trigger matches, people are paged so much later."""


class Runbook(RunbookContent):
    """A runbook."""

    steps: Annotated[list[AnyStep], Field(max_length=MAX_STEPS)] = []
    parameters: Annotated[list[Parameter], Field(max_length=MAX_PARAMETERS)] = []
    triggers: Annotated[list[Trigger], Field(max_length=MAX_TRIGGERS)] = []

    @property
    def handlers(self) -> frozenset[str]:
        """The names of steps that run only when another has failed."""
        return frozenset(one.on_failure.run for one in self.steps if isinstance(one.on_failure, RunStep))


def runbook_faults(runbook: Runbook) -> list[Fault]:
    """What is wrong with a runbook, each with a pointer."""
    faults = parameter_faults(runbook.parameters)
    known = [one.name for one in runbook.parameters]
    secrets = [one.name for one in runbook.parameters if one.is_secret]
    for number, step in enumerate(runbook.steps):
        faults += [(f"/steps/{number}{at}", detail) for at, detail in step.flaws(known, secrets)]
    faults += _order_faults(runbook.steps)
    for number, trigger in enumerate(runbook.triggers):
        if not criteria_of(trigger):
            faults.append((f"/triggers/{number}", "it says nothing, and would start for every incident"))
    if runbook.triggers and not runbook.steps:
        faults.append(("/steps", "there is nothing to start"))
    return faults


def _order_faults(steps: Sequence[Step]) -> list[Fault]:
    """What is wrong with the steps that run when others fail."""
    faults: list[Fault] = []
    named = Counter(one.name for one in steps)
    handlers = {one.on_failure.run for one in steps if isinstance(one.on_failure, RunStep)}
    for number, step in enumerate(steps):
        if not isinstance(step.on_failure, RunStep):
            continue
        at, wanted = f"/steps/{number}/on_failure/run", step.on_failure.run
        if wanted == step.name:
            faults.append((at, "a step can't run itself when it fails"))
        elif named[wanted] != 1:
            faults.append((at, f"{named[wanted] or 'no'} steps are called {wanted!r}"))
    if steps and not faults and all(one.name in handlers for one in steps):
        faults.append(("/steps", "each of them runs only when another has failed"))
    return faults


def runbook_fact(id: str, runbook: Runbook, *, updated_at: datetime, deleted: bool) -> RunbookFact:
    """What others are told of it."""
    return RunbookFact(
        id=id,
        name=runbook.name,
        team=runbook.team,
        triggers=runbook.triggers,
        quiet_seconds=runbook.quiet_seconds,
        hold_pages_seconds=runbook.hold_pages_seconds,
        description=runbook.description[:TOLD_DESCRIPTION],
        steps=[one.name for one in runbook.steps],
        updated_at=updated_at,
        deleted=deleted,
    )
