"""What every kind of step promises; `tests/contract/test_actions.py` holds all of them to it.

`run` makes one attempt and says how it ended, or what is to be waited for. It never tries again by itself and raises
nothing for anything that the outside does; what it raises all the same is a fault of ours, and fails the step. When its
task is cancelled it ends what it began within 2 s. It is called for a step only after that was written down, so after a
crash nobody has to guess whether it may have been: a step that is not `is_repeatable` is never run a second time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Literal, Protocol

from pydantic import ConfigDict, Field, StringConstraints

from services.automation.scripts.choice import ScriptPlaces
from services.automation.scripts.place import OutputSink
from services.automation.values.template import faults_of
from services.automation.values.values import Values
from shared.outside.outbound import Outbound
from shared.stored import Stored

SPEC_NAME, STEP_NAME = "SPEC", "STEP"
MAX_NAME = 200
MAX_TEXT = 10_000
DAY_SECONDS = 86_400

Flaw = tuple[str, str]
"""A JSON pointer below the step, and what is wrong there."""
StepName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Text = Annotated[str, Field(max_length=MAX_TEXT)]


class RunStep(Stored):
    """Run another step, and fail then."""

    run: StepName
    """Its name; it is run in no other case."""


OnFailure = Literal["stop", "continue"] | RunStep


class Step(Stored):
    """What all steps say; each kind adds its own, and fixes `type`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str
    name: StepName
    description: Text = ""
    timeout_seconds: int = 60
    dangerous: bool = False
    """Before it runs somebody must approve of it who is not who started the execution."""
    approval_seconds: Annotated[int, Field(ge=1, le=7 * DAY_SECONDS)] = 3600
    """So long a dangerous step waits for that; then it has failed."""
    on_failure: OnFailure = "stop"

    @property
    def is_repeatable(self) -> bool:
        """Running it twice does no harm, so after a crash it is run again."""
        return True

    def flaws(self, parameters: Collection[str], secrets: Collection[str]) -> Sequence[Flaw]:  # noqa: ARG002
        """What is wrong with it in a runbook that has these parameters, of which some are secret."""
        return []


class FieldKind(StrEnum):
    """How a field of a step's form is drawn and checked."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    CODE = "code"
    URL = "url"
    NUMBER = "number"
    CHOICE = "choice"
    SWITCH = "switch"
    PAIRS = "pairs"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of the form in which a person enters a step of this kind."""

    name: str
    label: str
    kind: FieldKind
    help: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """What a kind of step says of itself: data, so that nothing else has to change when one is added."""

    id: str
    name: str
    fields: tuple[FormField, ...]
    """Beside those that all steps have."""
    example: Mapping[str, Any]
    """A step of this kind, as `POST /runbooks` takes it."""


@dataclass(frozen=True, slots=True)
class IncidentPeople:
    """Who has to do with the incident, by id."""

    assignees: Sequence[str] = ()
    participants: Sequence[str] = ()
    roles: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepTask:
    """A step that is to be run now, with all that it is filled in with."""

    id: str
    """Of this attempt at this step of this execution: whoever hears it twice hears of the same."""
    step: Step
    values: Values
    environment: Mapping[str, str] = field(default_factory=dict)
    """The parameters as a script finds them."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Of the alert, and `service_id` where there is one: by these a machine to run on is chosen."""
    team: str | None = None
    """Whose runbook it is."""
    people: IncidentPeople = field(default_factory=IncidentPeople)


@dataclass(frozen=True, slots=True)
class StepPlan:
    """What exactly a step would do: shown to people, with secrets left out."""

    what: str
    where: str
    as_whom: str
    environment: Mapping[str, str] = field(default_factory=dict)
    flaw: str = ""
    """Why it could not be run now; empty where it could."""


class FailReason(StrEnum):
    """Why a step or an execution has failed, or was not begun."""

    EXIT_CODE = "exit_code"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    REFUSED = "refused"
    """Nothing was done: what was asked for is not allowed, or there is nothing to do it with."""
    UNREACHABLE = "unreachable"
    UNEXPECTED_ANSWER = "unexpected_answer"
    OUTCOME_UNKNOWN = "outcome_unknown"
    """It may have been done, wholly or in part; no one tries again but a person."""
    NO_VALUE = "no_value"
    """What it is to be filled in with has no value this time."""
    SAID_FAILED = "said_failed"
    """A person said so."""
    APPROVAL_EXPIRED = "approval_expired"
    REJECTED = "rejected"
    QUIET_TIME = "quiet_time"
    """It began by itself for the same service a little before."""
    TOO_LATE = "too_late"
    """What would have started it was heard so late that nobody expects it any more."""
    TOO_MANY = "too_many"
    """So often in so short a time nothing begins by itself: it may be a loop."""
    CANCELLED = "cancelled"
    INTERNAL = "internal"
    """Our own fault; it stands in the log."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a step has people told."""

    text: str
    people: Sequence[str] = ()
    teams: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class StepEnd:
    """How a step ended."""

    reason: FailReason | None = None
    """None: it succeeded."""
    exit_code: int | None = None
    detail: str = ""
    """One sentence for people; empty where there is nothing to say."""
    output_cut: bool = False
    message: Message | None = None


class WaitsFor(StrEnum):
    """What a step waits for."""

    TIME = "time"
    PERSON = "person"
    APPROVER = "approver"


@dataclass(frozen=True, slots=True)
class Waits:
    """The step waits, so long at most; for time it has succeeded then, for people it has failed."""

    on: WaitsFor
    seconds: int
    text: str = ""
    """What a person is to do."""


@dataclass(frozen=True, slots=True)
class Edges:
    """What actions are made from."""

    outbound: Outbound
    places: ScriptPlaces


class Action(Protocol):
    """One kind of step."""

    spec: ActionSpec

    async def plan(self, task: StepTask) -> StepPlan:
        """What `run` would do; nothing is done. Raises `NoValue`."""

    async def run(self, task: StepTask, sink: OutputSink) -> StepEnd | Waits:
        """Do it once. Raises `NoValue`, before anything is done."""


def template_flaws(pointer: str, text: str, parameters: Collection[str]) -> list[Flaw]:
    """What is wrong with a template in the field at `pointer`."""
    return [(pointer, detail) for detail in faults_of(text, parameters)]
