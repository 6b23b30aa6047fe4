"""`GET /incidents/stale`: what went silent, what nobody touched, what says fine and is not; one action each."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel

from services.gateway.entry.caller_context import CallerContext
from services.gateway.stale.asking import StaleParts, place_of
from shared.vocabulary import Role
from shared.web import Caller, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit


class StaleView(BaseModel):
    """One thing that was forgotten."""

    kind: str
    """`alerts_silent`, `untouched`, `action_overdue`, `page_says_fine`, `override_ended`, `runbook_waiting`,
    `drill_forgotten`."""
    subject: str
    title: str
    since: datetime
    owner: str | None
    team: str | None
    action: str
    method: str
    path: str


class StaleList(BaseModel):
    """All of it, the oldest first."""

    items: list[StaleView]
    next_cursor: str | None = None
    unanswered: list[str]
    """Services that did not answer, so their part is missing."""


def routes(parts: StaleParts) -> APIRouter:
    """The endpoint."""
    router = APIRouter()

    @router.get("/incidents/stale", summary="What was forgotten, and the one thing to do about each")
    async def list_stale(caller: Caller, request: Request, limit: Limit = 200, cursor: Cursor = None) -> StaleList:
        caller.require(Role.VIEWER)
        after = decode_cursor(cursor, datetime, str)
        caller_context: CallerContext = request.scope["tocsin.caller_context"]
        found = await parts.ask(caller_context.token_for)
        left = [one for one in found.items if after is None or place_of(one) > after]
        last = left[limit - 1] if len(left) > limit else None
        return StaleList(
            items=[StaleView(**one.model_dump(exclude={"people"})) for one in left[:limit]],
            next_cursor=encode_cursor(*place_of(last)) if last is not None else None,
            unanswered=found.unanswered,
        )

    return router
