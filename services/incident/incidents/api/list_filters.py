"""The filters of `GET /incidents`: several values are separated by commas, faults name the parameter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.incident.catalogue.search_words import words_of
from services.incident.incidents.listing import Listing, parse_statuses, parse_words
from shared.problem import invalid
from shared.vocabulary import Category, Priority, Severity
from shared.web.paging import MAX_LIMIT

Several = Annotated[str, StringConstraints(max_length=2000)]


class ListIn(BaseModel):
    """What `GET /incidents` may be asked for."""

    model_config = ConfigDict(extra="ignore")

    status: Several = Field("", description="Statuses; `open` stands for every open one")
    severity: Several = ""
    priority: Several = ""
    category: Several = ""
    service_id: Several = ""
    drill: bool = Field(False, description="Drills only; else they are left out")
    imported: bool | None = Field(None, description="Only imported incidents, or with `false` none of them")
    priority_unusual: bool = Field(False, description="Only priorities outside their category's usual range")
    q: Annotated[str, StringConstraints(max_length=500)] = Field("", description="Words of the title")
    begin: datetime | None = Field(None, alias="from", description="Created at this time or later")
    end: datetime | None = Field(None, alias="to", description="Created before this time")
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50
    cursor: Annotated[str, StringConstraints(max_length=1000)] = ""
    sort: Literal["-created_at", "created_at"] = Field("-created_at", description="Newest or oldest first")


def listing_of(asked: ListIn, teams: Sequence[str]) -> Listing:
    """What was asked for, as decisions know it; `teams` are those that the caller's key is limited to.

    Raises a 422 `Problem` for a word that a filter does not have.
    """
    return Listing(
        statuses=parse_statuses(asked.status),
        severities=parse_words("/severity", asked.severity, Severity),
        priorities=parse_words("/priority", asked.priority, Priority),
        categories=parse_words("/category", asked.category, Category),
        services=frozenset(part.strip() for part in asked.service_id.split(",") if part.strip()),
        drill=asked.drill,
        imported=asked.imported,
        unusual=asked.priority_unusual,
        words=tuple(words_of(asked.q)),
        begin=_in_utc("/from", asked.begin),
        end=_in_utc("/to", asked.end),
        teams=tuple(teams),
        oldest_first=asked.sort == "created_at",
    )


def _in_utc(pointer: str, at: datetime | None) -> datetime | None:
    """A time without a zone is taken as UTC."""
    if at is None:
        return None
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError as error:
        raise invalid(pointer, "this time is out of range") from error
