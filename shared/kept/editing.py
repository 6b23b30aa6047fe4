"""How what people keep by hand is shown and edited over HTTP: a JSON merge patch (RFC 7396) of the top-level fields.

Null takes a field back to its default; the outcome is checked as a new object would be. `If-Match` refuses an edit of
what has changed since it was read.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Body, Header, Path, Response
from pydantic import BaseModel, Field

from shared.kept.entries import Entry
from shared.web import etag

KeptId = Annotated[
    str,
    Field(max_length=128, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.~:+-]*$", description="Chosen by the caller, else made"),
]
IdInPath = Annotated[str, Path(max_length=128)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f@]*\S[^\x00-\x1f\x7f@]*$")]
Locale = Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,8}([_-][A-Za-z0-9]{1,8})*$")]
Team = Annotated[str | None, Field(max_length=128)]
IfMatch = Annotated[str | None, Header(description="The `ETag` of the version to change")]
Patch = Annotated[
    dict[str, Any], Body(description="The fields to change, as in the object; null takes one back to its default")
]


class Stamped(BaseModel):
    """What every object says of itself."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime


def stamp(entry: Entry[Any]) -> dict[str, Any]:
    """The fields of `Stamped`, and those of the content."""
    return {
        "id": entry.id,
        "version": entry.version,
        "created_at": entry.created_at,
        "updated_at": entry.updated_at,
        **entry.content.model_dump(),
    }


def stamp_response(response: Response, entry: Entry[Any], *, at: str | None = None) -> dict[str, Any]:
    """As `stamp`, and tell the version in the `ETag`, and with `at` the `Location`."""
    response.headers["ETag"] = etag(entry.version)
    if at is not None:
        response.headers["Location"] = f"{at}/{entry.id}"
    return stamp(entry)
