"""Approval: nothing goes on until somebody agrees who is not who started it."""

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
    id="approval",
    name="Approval",
    fields=(FormField("question", "What is to be agreed to", FieldKind.LONG_TEXT),),
    example={
        "type": "approval",
        "name": "May the database restart?",
        "question": "{{ incident.service_name }} is away for a minute.",
        "timeout_seconds": 900,
    },
)


class ApprovalStep(Step):
    """A step that asks whether the rest may run."""

    type: Literal["approval"] = "approval"
    timeout_seconds: Annotated[int, Field(ge=1, le=7 * DAY_SECONDS)] = 3600
    """So long it waits; then it has failed."""
    question: Text = ""

    def flaws(self, parameters: Collection[str], secrets: Collection[str]) -> Sequence[Flaw]:  # noqa: ARG002
        """What is wrong with its words."""
        return template_flaws("/question", self.question, parameters)


STEP = ApprovalStep


class ApprovalAction:
    """Waits for somebody to agree."""

    spec = SPEC

    async def plan(self, task: StepTask) -> StepPlan:
        """It asks whoever may run the runbook."""
        return StepPlan(question_of(task), "here", "anybody who may run it but who started it")

    async def run(self, task: StepTask, sink: OutputSink) -> Waits:  # noqa: ARG002 - nothing is written
        """Begin to wait."""
        return Waits(WaitsFor.APPROVER, task.step.timeout_seconds, question_of(task))


def question_of(task: StepTask) -> str:
    """What is asked; where nothing was written, the step's name is. Raises `NoValue`."""
    written = task.step.question if isinstance(task.step, ApprovalStep) else ""
    return render(written, task.values.masked()) or task.step.name


def connect(edges: Edges) -> ApprovalAction:  # noqa: ARG001 - it needs none
    """The action of this process."""
    return ApprovalAction()
