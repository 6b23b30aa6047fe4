"""Wait: the next step comes so much later."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from services.automation.actions.contract import (
    DAY_SECONDS,
    ActionSpec,
    Edges,
    FieldKind,
    FormField,
    Step,
    StepPlan,
    StepTask,
    Waits,
    WaitsFor,
)
from services.automation.scripts.place import OutputSink

SPEC = ActionSpec(
    id="wait",
    name="Wait",
    fields=(FormField("timeout_seconds", "Seconds", FieldKind.NUMBER, required=True),),
    example={"type": "wait", "name": "Let the cache fill", "timeout_seconds": 120},
)


class WaitStep(Step):
    """A step in which nothing is done."""

    type: Literal["wait"] = "wait"
    timeout_seconds: Annotated[int, Field(ge=0, le=7 * DAY_SECONDS)] = 60
    """So long it waits; `seconds` says the same."""

    @model_validator(mode="before")
    @classmethod
    def _by_its_other_name(cls, value: object) -> object:
        if isinstance(value, dict) and "seconds" in value and "timeout_seconds" not in value:
            return {
                **{name: one for name, one in value.items() if name != "seconds"},
                "timeout_seconds": value["seconds"],
            }
        return value


STEP = WaitStep


class WaitAction:
    """Waits for time to pass."""

    spec = SPEC

    async def plan(self, task: StepTask) -> StepPlan:
        """It says how long."""
        return StepPlan(f"wait {task.step.timeout_seconds} s", "here", "nobody")

    async def run(self, task: StepTask, sink: OutputSink) -> Waits:  # noqa: ARG002 - nothing is written
        """Begin to wait: by a stored time, in no process."""
        return Waits(WaitsFor.TIME, task.step.timeout_seconds)


def connect(edges: Edges) -> WaitAction:  # noqa: ARG001 - it needs none
    """The action of this process."""
    return WaitAction()
