"""What HTTP takes and shows of runbooks; clients are written against these names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.automation.actions.contract import ActionSpec
from services.automation.runbooks.parameter import Parameter
from services.automation.runbooks.runbook import (
    MAX_PARAMETERS,
    MAX_STEPS,
    MAX_TRIGGERS,
    AnyStep,
    AnyStepRequest,
    Runbook,
    RunbookContent,
    TriggerRequest,
)
from shared.events.automation import Trigger
from shared.kept.editing import KeptId, Stamped, stamp
from shared.kept.entries import Entry
from shared.text.yaml_reader import read_yaml

YAML_SUFFIX = ".yaml"
RESERVED = frozenset({"graph", "import", "export", "step-kinds", "examples"})


def _free(value: str) -> str:
    if value in RESERVED or value.endswith(YAML_SUFFIX):
        raise ValueError(f"{value!r} is reserved")
    return value


RunbookId = Annotated[KeptId, AfterValidator(_free)]


class ParameterView(BaseModel):
    """A parameter as people see it; a secret's default is never shown."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    name: str
    type: str = "string"
    description: str = ""
    default: str | bool | int | float | None = None
    choices: list[str] = []
    has_default: bool = False
    """True for a secret that has one."""


class ParameterRequest(Parameter):
    """A parameter as it comes in. A secret without a default keeps the one that it has; an empty one takes it away."""

    model_config = ConfigDict(extra="forbid")

    sealed: None = Field(default=None, exclude=True)
    has_default: bool = Field(default=False, exclude=True)
    """What was read may be sent back; it changes nothing."""


class RunbookBody(RunbookContent):
    """A runbook as it comes in."""

    model_config = ConfigDict(extra="ignore")

    steps: Annotated[list[AnyStepRequest], Field(max_length=MAX_STEPS)] = []
    parameters: Annotated[list[ParameterRequest], Field(max_length=MAX_PARAMETERS)] = []
    triggers: Annotated[list[TriggerRequest], Field(max_length=MAX_TRIGGERS)] = []


class RunbookRequest(RunbookBody):
    """A new runbook."""

    id: RunbookId | None = None


class ExampleView(BaseModel):
    """A runbook to begin with; it starts nothing until it is kept."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    name: str
    description: str
    yaml: str
    """What `PUT /runbooks/{id}.yaml` takes; what is not the same everywhere stands in its parameters and triggers."""


class RunbookFields(RunbookContent):
    """A runbook as people see it, without what its keeping adds."""

    steps: list[AnyStep] = []
    parameters: list[ParameterView] = []
    triggers: list[Trigger] = []


class RunbookView(Stamped, RunbookFields):
    """A runbook as people see it."""


class VersionView(BaseModel):
    """One version of a runbook."""

    version: int
    at: datetime
    name: str
    steps: int
    triggers: int


class StepKindView(BaseModel):
    """A kind of step, with the fields of its form beside those that all have."""

    id: str
    name: str
    fields: list[dict[str, Any]]
    example: dict[str, Any]


def runbook_fields(runbook: Runbook) -> RunbookFields:
    """A runbook without what is secret."""
    shown = runbook.model_dump(exclude={"parameters"})
    return RunbookFields(**shown, parameters=[_parameter_view(one) for one in runbook.parameters])


def runbook_view(entry: Entry[Runbook]) -> RunbookView:
    """A runbook as people see it."""
    return RunbookView(**{**stamp(entry), **runbook_fields(entry.content).model_dump()})


def version_view(entry: Entry[Runbook]) -> VersionView:
    """One version."""
    content = entry.content
    return VersionView(
        version=entry.version,
        at=entry.updated_at,
        name=content.name,
        steps=len(content.steps),
        triggers=len(content.triggers),
    )


def step_kind_view(spec: ActionSpec) -> StepKindView:
    """What a kind of step says of itself."""
    fields = [
        {
            "name": one.name,
            "label": one.label,
            "kind": one.kind.value,
            "help": one.help,
            "required": one.required,
            "choices": [str(choice) for choice in one.choices],
        }
        for one in spec.fields
    ]
    return StepKindView(id=spec.id, name=spec.name, fields=fields, example=dict(spec.example))


def _parameter_view(one: Parameter) -> ParameterView:
    return ParameterView(**one.model_dump(mode="json", exclude={"sealed"}), has_default=one.sealed is not None)


def example_views(files: Mapping[str, str]) -> list[ExampleView]:
    """The files of shipped runbooks, as people see them."""
    read = {key: RunbookBody.model_validate(read_yaml(text.encode())) for key, text in files.items()}
    return [
        ExampleView(id=key, name=one.name, description=one.description, yaml=files[key]) for key, one in read.items()
    ]
