"""Notify: people are told something, by mail."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from services.automation.actions.contract import (
    ActionSpec,
    Edges,
    FieldKind,
    Flaw,
    FormField,
    Message,
    Step,
    StepEnd,
    StepPlan,
    StepTask,
    Text,
    template_flaws,
)
from services.automation.scripts.place import OutputSink
from services.automation.values.template import names_in, render
from shared.stored import Stored

MOST = 50

SPEC = ActionSpec(
    id="notify",
    name="Tell people",
    fields=(
        FormField("message", "Message", FieldKind.LONG_TEXT, "May name {{ incident.title }} and the like"),
        FormField("to", "Whom", FieldKind.PEOPLE, "Nobody named: those who have to do with the incident"),
    ),
    example={
        "type": "notify",
        "name": "Tell the team",
        "message": "The disk of {{ incident.service_name }} was cleaned.",
        "to": [{"type": "team", "id": "payments"}, {"type": "role", "id": "commander"}],
    },
)


class RecipientKind(StrEnum):
    """Who is meant."""

    USER = "user"
    TEAM = "team"
    ROLE = "role"
    """Who holds this role in the incident."""


class Recipient(Stored):
    """One of those who are told."""

    type: RecipientKind
    id: Annotated[str, Field(min_length=1, max_length=128)]


class NotifyStep(Step):
    """A step that has people told."""

    type: Literal["notify"] = "notify"
    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    message: Text = ""
    to: Annotated[list[Recipient], Field(max_length=MOST)] = []

    def flaws(self, parameters: Collection[str], secrets: Collection[str]) -> Sequence[Flaw]:
        """What is wrong with its words; a secret is told to nobody."""
        told = [f"parameters.{name}" for name in secrets]
        shown = [("/message", "a secret parameter is told to nobody") for one in names_in(self.message) if one in told]
        return [*template_flaws("/message", self.message, parameters), *shown]


STEP = NotifyStep


class NotifyAction:
    """Says whom to tell what; that goes out with the end of the step, in one write."""

    spec = SPEC

    async def plan(self, task: StepTask) -> StepPlan:
        """Whom it would tell, and what."""
        message = message_of(task)
        whom = [*message.people, *(f"team {one}" for one in message.teams)]
        flaw = "" if whom else "there is nobody to tell"
        return StepPlan(message.text, f"mail to {', '.join(whom) or 'nobody'}", "Tocsin", flaw=flaw)

    async def run(self, task: StepTask, sink: OutputSink) -> StepEnd:  # noqa: ARG002 - nothing is written
        """Have them told."""
        message = message_of(task)
        if not message.people and not message.teams:
            return StepEnd(detail="There was nobody to tell: no one has to do with the incident yet.")
        return StepEnd(message=message)


def message_of(task: StepTask) -> Message:
    """What is said to whom. Raises `NoValue`."""
    step, people = task.step, task.people
    if not isinstance(step, NotifyStep):
        raise TypeError(f"{task.id} is no step that tells")
    text = render(step.message, task.values) or step.description or step.name
    if not step.to:
        return Message(text, _each_once([*people.assignees, *people.participants]))
    named = [one.id for one in step.to if one.type is RecipientKind.USER]
    holders = [user for one in step.to if one.type is RecipientKind.ROLE for user in people.roles.get(one.id, ())]
    teams = [one.id for one in step.to if one.type is RecipientKind.TEAM]
    return Message(text, _each_once([*named, *holders]), _each_once(teams))


def _each_once(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))


def connect(edges: Edges) -> NotifyAction:  # noqa: ARG001 - it needs none
    """The action of this process."""
    return NotifyAction()
