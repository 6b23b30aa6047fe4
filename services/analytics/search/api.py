"""`GET /knowledge-base/search`: has this happened before, and what ended it?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.analytics.search.entry import EntryKind
from services.analytics.search.finder import Asked, Finder
from services.analytics.search.question import MAX_QUERY
from services.analytics.search.views import FoundView
from shared.problem import invalid
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.paging import END, MAX_LIMIT


class SearchIn(BaseModel):
    """What `GET /knowledge-base/search` may be asked."""

    model_config = ConfigDict(extra="ignore")

    q: Annotated[str, StringConstraints(min_length=1, max_length=MAX_QUERY)] = Field(
        description="The question, in English, Japanese or Persian"
    )
    kind: Annotated[str, StringConstraints(max_length=200)] = Field("", description="Kinds, with commas between them")
    service_id: Annotated[str, StringConstraints(max_length=2000)] = Field(
        "", description="Services, with commas between them"
    )
    begin: datetime | None = Field(None, alias="from", description="Began at this time or later")
    end: datetime | None = Field(None, alias="to", description="Began before this time")
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 20
    cursor: Annotated[str, StringConstraints(max_length=1000)] = ""


class FoundPage(Page[FoundView]):
    """Results, the best first."""

    complete: bool
    """False while the index of the process that answered is being built: there may be more."""
    progress: float
    """About which share of what there is was indexed by then, from 0 to 1."""


def routes(finder: Finder) -> APIRouter:
    """The endpoint."""
    router = APIRouter(tags=["knowledge base"])

    @router.get("/knowledge-base/search")
    async def search(caller: Caller, asked: Annotated[SearchIn, Query()]) -> FoundPage:
        caller.require(Role.VIEWER)
        start = max(decode_cursor(asked.cursor, int) or 0, 0)
        answer = await finder.search(_asked_of(asked, caller.teams), start=start, limit=asked.limit)
        behind = start + len(answer.items)
        return FoundPage(
            items=list(answer.items),
            next_cursor=encode_cursor(behind) if behind < answer.found else None,
            complete=answer.is_complete,
            progress=round(answer.progress, 2),
        )

    return router


def _asked_of(asked: SearchIn, teams: tuple[str, ...]) -> Asked:
    return Asked(
        text=asked.q,
        kinds=_kinds_of(asked.kind),
        services=frozenset(part.strip() for part in asked.service_id.split(",") if part.strip()),
        teams=teams,
        begin=_in_utc("/from", asked.begin),
        end=_in_utc("/to", asked.end),
    )


def _kinds_of(text: str) -> frozenset[EntryKind]:
    """The kinds of a comma-separated filter. Raises a 422 `Problem` for a word that is none."""
    found = set()
    for part in (part.strip() for part in text.split(",") if part.strip()):
        try:
            found.add(EntryKind(part))
        except ValueError as error:
            raise invalid("/kind", f"{part[:50]!r} is none of {', '.join(EntryKind)}") from error
    return frozenset(found)


def _in_utc(pointer: str, at: datetime | None) -> datetime | None:
    """A time without a zone is taken as UTC."""
    if at is None:
        return None
    try:
        return min(at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC), END)
    except OverflowError as error:
        raise invalid(pointer, "this time is out of range") from error
