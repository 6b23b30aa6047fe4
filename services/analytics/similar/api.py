"""`GET /incidents/{id}/similar`: the past incidents that are like this one, with what ended them."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.analytics.search.kinds.incident import read as entry_of
from services.analytics.similar.likeness import reason_of
from services.analytics.similar.nearest import Nearest, Neighbour, best_hint
from shared.copies.replica import Replica
from shared.events.incidents import IncidentFact
from shared.problem import not_found
from shared.vocabulary import Role
from shared.web import Caller
from shared.web.paging import MAX_LIMIT

WAIT_SECONDS, PAUSE_SECONDS = 3.0, 0.1
"""An incident that was made a moment ago is waited for."""


class SimilarView(BaseModel):
    """A past incident that is like the one that was asked for."""

    id: str
    title: str
    solution: str
    """What ended it, in the words of who ended it; empty where nobody said."""
    score: float
    """From 0 to 1; the likest first."""
    reason: str
    """Why: `same alert key, same service and 7 of 9 words`."""
    same_alert: bool
    same_service: bool
    words: int
    words_of: int
    is_hint: bool
    """It is like it enough to be told unasked."""
    service_id: str | None
    team: str | None
    at: datetime | None


class SimilarList(BaseModel):
    """The likest first; there is no next page."""

    items: list[SimilarView]
    next_cursor: None = None
    complete: bool
    """False while the index of the process that answered is being built: there may be more."""


def routes(nearest: Nearest, incidents: Replica) -> APIRouter:
    """The endpoint."""
    router = APIRouter(tags=["incidents"])

    @router.get("/incidents/{id}/similar")
    async def list_similar(
        id: str, caller: Caller, limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many at most")] = 5
    ) -> SimilarList:
        caller.require(Role.VIEWER)
        fact = await _wait_for(incidents, id)
        if fact is None or (caller.teams and fact.team not in caller.teams):
            raise not_found("incident", id)
        entry = entry_of(fact.changed(drill_id=None, merged_into=None))
        found = await nearest.of(entry, caller.teams) if entry is not None else []
        hint = best_hint(entry, found) if entry is not None else None
        return SimilarList(items=[_view(one, hint) for one in found[:limit]], complete=nearest.is_complete)

    return router


async def _wait_for(incidents: Replica, id: str) -> IncidentFact | None:
    for _ in range(int(WAIT_SECONDS / PAUSE_SECONDS)):
        known = await incidents.get([id])
        if id in known:
            return IncidentFact.model_validate(known[id])
        await asyncio.sleep(PAUSE_SECONDS)
    return None


def _view(one: Neighbour, hint: Neighbour | None) -> SimilarView:
    entry, like = one.entry, one.likeness
    return SimilarView(
        id=entry.id,
        title=entry.title,
        solution=entry.solution,
        score=round(like.score, 4),
        reason=reason_of(like),
        same_alert=like.same_alert,
        same_service=like.same_service,
        words=like.words,
        words_of=like.words_of,
        is_hint=one is hint,
        service_id=entry.service_id,
        team=entry.team,
        at=entry.at,
    )
