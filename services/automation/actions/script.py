"""Script: a program that is run in a sandbox or on a machine, with the parameters as its environment.

A script is no template: nothing is spliced into its text, so no alert can write a line of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field, field_validator

from services.automation.actions.contract import (
    ActionSpec,
    Edges,
    FailReason,
    FieldKind,
    Flaw,
    FormField,
    Step,
    StepEnd,
    StepPlan,
    StepTask,
)
from services.automation.scripts.choice import ChosenPlace, NoPlace, ScriptPlaces
from services.automation.scripts.job import Interpreter, ScriptEnd, ScriptJob, ScriptLimits, ScriptOutcome
from services.automation.scripts.place import OutputSink
from services.automation.scripts.request import SANDBOX, PlaceRequest

MAX_SCRIPT = 64 * 1024
_SPLICED = re.compile(r"\{\{\s*(?:incident|alert|parameters)\.")

SPEC = ActionSpec(
    id="script",
    name="Script",
    fields=(
        FormField("interpreter", "Read by", FieldKind.CHOICE, choices=tuple(Interpreter)),
        FormField("script", "Script", FieldKind.CODE, "Parameters are in the environment: $path", required=True),
        FormField("on", "Where", FieldKind.TEXT, "sandbox, a target's id, or match"),
        FormField("network", "May use the network", FieldKind.SWITCH),
        FormField("memory_mb", "Memory in MB", FieldKind.NUMBER),
    ),
    example={
        "type": "script",
        "name": "Remove old files",
        "interpreter": "bash",
        "script": 'find "$path" -type f -mtime +7 -delete\ndf -h "$path"\n',
        "on": "sandbox",
        "network": False,
        "timeout_seconds": 120,
        "dangerous": True,
    },
)


class ScriptStep(Step):
    """A step that runs a script."""

    type: Literal["script"] = "script"
    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 300
    interpreter: Interpreter = Interpreter.SH
    script: Annotated[str, Field(min_length=1, max_length=MAX_SCRIPT)]
    on: Annotated[str, Field(min_length=1, max_length=128)] = SANDBOX
    """`sandbox`, the id of a target, or `match`: the target whose labels agree with the alert's."""
    network: bool = False
    memory_mb: Annotated[int, Field(ge=16, le=4096)] = 256
    writable_paths: Annotated[list[Annotated[str, Field(pattern=r"^/", max_length=1000)]], Field(max_length=10)] = []
    """Folders that a sandboxed script may write in, each inside one that `TOCSIN_SCRIPT_PATHS` lists."""

    @field_validator("interpreter", mode="before")
    @classmethod
    def _by_other_names(cls, value: object) -> object:
        return Interpreter.PYTHON if value == "python" else value

    @field_validator("script", mode="after")
    @classmethod
    def _in_lines(cls, value: str) -> str:
        if "\x00" in value:
            raise ValueError("a script holds no NUL")
        return value.replace("\r\n", "\n")

    @property
    def is_repeatable(self) -> bool:
        """A script never runs twice by itself."""
        return False

    def flaws(self, parameters: Collection[str], secrets: Collection[str]) -> Sequence[Flaw]:  # noqa: ARG002
        """What is wrong with its text."""
        if _SPLICED.search(self.script):
            return [("/script", "a script is no template: make it a parameter, and read that from the environment")]
        return []


STEP = ScriptStep

_REASONS: Mapping[ScriptOutcome, FailReason] = {
    ScriptOutcome.TIMED_OUT: FailReason.TIMED_OUT,
    ScriptOutcome.OUT_OF_MEMORY: FailReason.OUT_OF_MEMORY,
    ScriptOutcome.CANCELLED: FailReason.OUTCOME_UNKNOWN,
    ScriptOutcome.NOT_STARTED: FailReason.REFUSED,
    ScriptOutcome.OUTCOME_UNKNOWN: FailReason.OUTCOME_UNKNOWN,
}


class ScriptAction:
    """Runs scripts at the places that there are."""

    spec = SPEC

    def __init__(self, places: ScriptPlaces) -> None:
        self._places = places

    async def plan(self, task: StepTask) -> StepPlan:
        """The script, where it would run, and with which environment."""
        step, chosen = _own(task), await self._choose(task)
        environment = _shown_environment(task)
        text = f"#!{step.interpreter.value}\n{step.script}"
        if isinstance(chosen, NoPlace):
            return StepPlan(text, step.on, "", environment, flaw=f"It can't be run: {chosen.why}.")
        return StepPlan(text, chosen.where, chosen.as_whom, environment)

    async def run(self, task: StepTask, sink: OutputSink) -> StepEnd:
        """Run it once."""
        chosen = await self._choose(task)
        if isinstance(chosen, NoPlace):
            return StepEnd(FailReason.REFUSED, detail=f"It was not run: {chosen.why}.")
        return step_end(await chosen.place.run(job_of(task), sink))

    async def _choose(self, task: StepTask) -> ChosenPlace | NoPlace:
        request = PlaceRequest(
            on=_own(task).on,
            runbook_id=task.values.find("runbook.id"),
            runbook_team=task.team,
            service_team=task.values.find("incident.team"),
            labels=task.labels,
        )
        return await self._places.choose(request)


def job_of(task: StepTask) -> ScriptJob:
    """What the place is asked for."""
    step = _own(task)
    return ScriptJob(
        id=task.id,
        script=step.script,
        interpreter=step.interpreter,
        environment=task.environment,
        network=step.network,
        writable_paths=tuple(step.writable_paths),
        limits=ScriptLimits(seconds=float(step.timeout_seconds), memory_bytes=step.memory_mb * 1024 * 1024),
    )


def step_end(end: ScriptEnd) -> StepEnd:
    """What the end of a script means for its step."""
    left = f" Still running: {', '.join(end.left_behind)}." if end.left_behind else ""
    detail = (end.detail + left).strip()
    if end.outcome is not ScriptOutcome.EXITED:
        return StepEnd(_REASONS[end.outcome], end.exit_code, detail, end.output_cut)
    if end.exit_code is None:
        return StepEnd(FailReason.OUTCOME_UNKNOWN, None, detail or "No exit code is known.", end.output_cut)
    if end.exit_code == 0:
        return StepEnd(None, 0, detail, end.output_cut)
    return StepEnd(FailReason.EXIT_CODE, end.exit_code, detail or f"The exit code was {end.exit_code}.", end.output_cut)


def _own(task: StepTask) -> ScriptStep:
    if not isinstance(task.step, ScriptStep):
        raise TypeError(f"{task.id} is no script")
    return task.step


def _shown_environment(task: StepTask) -> dict[str, str]:
    shown = task.values.masked()
    return {name: shown.find(f"parameters.{name}") or "" for name in task.environment}


def connect(edges: Edges) -> ScriptAction:
    """The action of this process."""
    return ScriptAction(edges.places)
