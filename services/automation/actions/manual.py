"""Manual: a person does something and says that it is done, or that it could not be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, Literal

from pydantic import Field

from services.automation.actions.contract import (
    DAY_SECONDS,
    ActionSpec,
    Edges,
    FieldKind,
    Flaw,
    FormField,
    Step,
    StepPlan,
    StepTask,
    Text,
    Waits,
    WaitsFor,
    template_flaws,
)
from services.automation.scripts.place import OutputSink
from services.automation.values.template import render

SPEC = ActionSpec(
    id="manual",
    name="By hand",
    fields=(
        FormField("instructions", "What to do", FieldKind.LONG_TEXT, "May name {{ incident.title }} and the like"),
    ),
    example={
        "type": "manual",
        "name": "Look at the disk",
        "instructions": "Is {{ incident.service_id }} still writing its log?",
        "timeout_seconds": 1800,
    },
)


class ManualStep(Step):
    """A step that a person does."""

    type: Literal["manual"] = "manual"
    timeout_seconds: Annotated[int, Field(ge=1, le=7 * DAY_SECONDS)] = DAY_SECONDS
    """So long it waits for somebody to say that it is done; then it has failed."""
    instructions: Text = ""

    def flaws(self, parameters: Collection[str], secrets: Collection[str]) -> Sequence[Flaw]:  # noqa: ARG002
        """What is wrong with its words."""
        return template_flaws("/instructions", self.instructions, parameters)


STEP = ManualStep


class ManualAction:
    """Waits for a person."""

    spec = SPEC

    async def plan(self, task: StepTask) -> StepPlan:
        """Who sees the instructions is who does it."""
        return StepPlan(instructions_of(task), "wherever it is to be done", "whoever responds")

    async def run(self, task: StepTask, sink: OutputSink) -> Waits:  # noqa: ARG002 - nothing is written
        """Begin to wait."""
        return Waits(WaitsFor.PERSON, task.step.timeout_seconds, instructions_of(task))


def instructions_of(task: StepTask) -> str:
    """What is to be done; where nothing was written, the step's name says it. Raises `NoValue`."""
    written = task.step.instructions if isinstance(task.step, ManualStep) else ""
    return render(written, task.values.masked()) or task.step.name


def connect(edges: Edges) -> ManualAction:  # noqa: ARG001 - it needs none
    """The action of this process."""
    return ManualAction()
