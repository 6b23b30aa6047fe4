"""A comment on a post-mortem, on one section of it or on the whole; it is resolved when it has been dealt with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from services.incident.postmortems.sections import Section
from shared.stored import Stored

MAX_COMMENT = 10_000


class NewComment(BaseModel):
    """The body that adds a comment."""

    model_config = ConfigDict(extra="ignore")

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_COMMENT)]
    section: Section | None = None


class CommentPatch(BaseModel):
    """The body that resolves a comment, or opens it again."""

    model_config = ConfigDict(extra="ignore")

    resolved: bool


class Comment(Stored):
    """A comment, as it is stored and shown."""

    id: str
    postmortem_id: str
    section: Section | None = None
    text: str
    author: str
    at: datetime
    resolved: bool = False
    resolved_at: datetime | None = None
    resolved_by: str | None = None
