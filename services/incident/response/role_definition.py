"""The roles that people can hold in an incident: four are built in, others an organisation defines for itself.

An exclusive role has one holder at a time. What a role asks of its holder is copied into the assignment when it is
made: the holder goes on by what was read then, whatever becomes of the definition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.events import Fact
from shared.problem import Problem, conflict

MAX_OWN = 100
MAX_DUTIES = 50

RoleId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Duty = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]

_NO_WORD = re.compile(r"[^a-z0-9]+")


class Definition(Fact):
    """A role. `version` is that of the stored document, 0 for one that is built in."""

    id: str
    version: int = 0
    name: str
    duties: list[str]
    exclusive: bool = True


class DefinitionIn(BaseModel):
    """The body that defines a role."""

    model_config = ConfigDict(extra="ignore")

    id: RoleId | None = Field(None, description="How it is called in an assignment; made from the name when left out")
    name: Name
    duties: Annotated[list[Duty], Field(max_length=MAX_DUTIES, description="What its holder is to do")] = []
    exclusive: bool = Field(default=True, description="One holder at a time")


class DefinitionPatch(BaseModel):
    """The body that edits a role: what is left out stays."""

    model_config = ConfigDict(extra="ignore")

    name: Name = ""
    duties: Annotated[list[Duty], Field(max_length=MAX_DUTIES)] = []
    exclusive: bool = True


BUILT_IN: Mapping[str, Definition] = {
    role.id: role
    for role in (
        Definition(
            id="commander",
            name="Incident commander",
            duties=[
                "Lead the response: decide what is done next, and by whom",
                "Hand out the other roles and keep them filled",
                "Keep status, severity and priority true",
                "Say when it is over, and ask for the post-mortem",
            ],
        ),
        Definition(
            id="communications",
            name="Communications lead",
            duties=[
                "Tell customers on the status page, and again at least every 30 minutes",
                "Keep stakeholders informed, and questions away from those who fix it",
                "Agree the words with the commander before they go out",
            ],
        ),
        Definition(
            id="scribe",
            name="Scribe",
            duties=[
                "Write what is found, decided and done on the timeline as it happens",
                "Note open questions and who took them",
                "Correct times that are wrong",
            ],
        ),
        Definition(
            id="subject_matter_expert",
            name="Subject-matter expert",
            duties=[
                "Find out what is wrong in the part that you know",
                "Propose what to do, with its risk, and do what was decided",
                "Tell the commander what you see, also when it is nothing",
            ],
            exclusive=False,
        ),
    )
}


def define(body: DefinitionIn, fresh_id: str, known: Sequence[str]) -> Definition:
    """The role that a body defines; `known` are the ids of the organisation's own, `fresh_id` is there for a name
    that makes none.

    Raises a 409 `Problem` when the id is taken, or there are too many.
    """
    id = body.id or _slug(body.name) or fresh_id  # noqa: A001 - as the contract calls it
    if id in BUILT_IN or id in known:
        raise conflict("already_exists", f"There is a role with the id {id!r} already.")
    if len(known) >= MAX_OWN:
        raise conflict("too_many", f"There can be {MAX_OWN} own roles at most.")
    return Definition(id=id, name=body.name, duties=body.duties, exclusive=body.exclusive)


def redefine(before: Definition, patch: DefinitionPatch) -> Definition:
    """The role after an edit."""
    stated = {name: getattr(patch, name) for name in patch.model_fields_set}
    return before.changed(**stated)


def require_own(role: str) -> None:
    """Raise a 409 `Problem` for a role that is built in."""
    if role in BUILT_IN:
        raise Problem(409, "built_in", f"The role {role!r} is built in and can't be changed.")


def _slug(name: str) -> str:
    slug = _NO_WORD.sub("_", name.casefold()).strip("_")[:60].strip("_")
    return slug if slug[:1].isalpha() else ""
