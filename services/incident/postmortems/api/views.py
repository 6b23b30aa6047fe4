"""What HTTP shows and takes of post-mortems; clients are written against these names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.incident.action_items.action import ActionItem
from services.incident.action_items.api.views import ActionView, action_view
from services.incident.catalogue.service_definition import Id
from services.incident.postmortems.figures import Figures
from services.incident.postmortems.postmortem import MAX_REVIEWERS, Postmortem, Revision, State, Step
from services.incident.postmortems.sections import MAX_SECTION, Section

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Text = Annotated[str, StringConstraints(max_length=MAX_SECTION)]
Reviewers = Annotated[list[Id], Field(max_length=MAX_REVIEWERS)]


class PostmortemIn(BaseModel):
    """The body that begins a post-mortem."""

    model_config = ConfigDict(extra="ignore")

    incident_id: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class PostmortemPatch(BaseModel):
    """The body that edits a post-mortem: what is left out stays. A section may also stand outside `sections`."""

    model_config = ConfigDict(extra="ignore")

    title: Title | None = None
    sections: dict[Section, Text] = {}

    @model_validator(mode="before")
    @classmethod
    def _sections_by_name(cls, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        beside = {name.value: body[name.value] for name in Section if name.value in body}
        inside = body.get("sections", {})
        return {**body, "sections": {**beside, **inside}} if beside and isinstance(inside, dict) else body


class ReviewAsked(BaseModel):
    """The body that sends a post-mortem to review; without reviewers those asked before stay."""

    model_config = ConfigDict(extra="ignore")

    reviewers: Reviewers | None = None


class PostmortemRow(BaseModel):
    """A post-mortem in a list."""

    id: str
    incident_id: str
    title: str
    state: State
    service_id: str | None
    team: str | None
    drill: bool
    imported: bool
    reviewers: list[str]
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    published_at: datetime | None
    published_by: str | None
    version: int


class PostmortemView(PostmortemRow):
    """A post-mortem. Sections are Markdown, by their names, in the order of the document."""

    sections: dict[Section, str]
    figures: Figures
    actions: list[ActionView]


class RevisionRow(BaseModel):
    """A revision in a list."""

    number: int
    at: datetime
    by: str
    step: Step
    changed: list[Section]
    state: State


class RevisionView(RevisionRow):
    """A revision with the whole text."""

    title: str
    sections: dict[Section, str]


def postmortem_row(postmortem: Postmortem) -> PostmortemRow:
    """A post-mortem in a list."""
    return PostmortemRow(**{name: getattr(postmortem, name) for name in PostmortemRow.model_fields})


def postmortem_view(
    postmortem: Postmortem, figures: Figures, actions: Sequence[ActionItem], today: date
) -> PostmortemView:
    """A post-mortem with its figures and action items."""
    return PostmortemView(
        **{name: getattr(postmortem, name) for name in PostmortemRow.model_fields},
        sections={name: postmortem.sections.get(name, "") for name in Section},
        figures=figures,
        actions=[action_view(one, today) for one in actions],
    )


def revision_row(revision: Revision) -> RevisionRow:
    """A revision in a list."""
    return RevisionRow(**{name: getattr(revision, name) for name in RevisionRow.model_fields})


def revision_view(revision: Revision) -> RevisionView:
    """A revision with its text."""
    return RevisionView(**{name: getattr(revision, name) for name in RevisionView.model_fields})
