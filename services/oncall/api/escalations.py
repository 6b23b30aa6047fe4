"""What became of an incident's pages, and why each person was or was not told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from services.oncall.escalation import Entry, Escalation
from services.oncall.policy import Choice, Snapshot
from services.oncall.rows import Row, asked, together
from services.oncall.store.escalations import Escalations
from services.oncall.store.pages import Pages
from shared.events.oncall import EscalationState, PageState
from shared.problem import not_found
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit

PATIENCE_SECONDS = 1.0
"""An incident that was made a moment ago may not be known here yet: it is waited for this long."""


class PageView(Row):
    """One attempt to tell somebody: who, by what, when, and what came of it."""

    result: PageState
    """The same as `state`."""


class Explanation(BaseModel):
    """The decisions about an incident, the oldest first."""

    incident_id: str
    state: EscalationState
    generation: int
    step: int
    round: int
    next_step_at: datetime | None
    policy: Snapshot | None
    policy_reason: Choice | None
    decisions: list[Entry]


def routes(escalations: Escalations, pages: Pages) -> APIRouter:
    """The endpoints."""
    router = APIRouter(tags=["on-call"])

    async def find(incident_id: str) -> Escalation:
        for _ in range(round(PATIENCE_SECONDS / 0.05)):
            kept = await escalations.get([incident_id])
            if incident_id in kept:
                return kept[incident_id].escalation
            await asyncio.sleep(0.05)
        raise not_found("incident", incident_id)

    @router.get("/incidents/{id}/pages")
    async def list_pages(id: str, caller: Caller, limit: Limit = 200, cursor: Cursor = None) -> Page[PageView]:
        """Every page of an incident, the oldest first."""
        caller.require(Role.VIEWER)
        after = _position(cursor) if cursor else None
        # the escalation first: what it asked for meanwhile has no result yet
        attempts = (asked(id, attempt) for attempt in (await find(id)).attempts)
        results = await pages.of_incident(id, after, limit + 1)
        rows = together(results, (row for row in attempts if after is None or row.position > after))
        following = _cursor(rows[limit - 1]) if len(rows) > limit else None
        return Page(items=[_view(row) for row in rows[:limit]], next_cursor=following)

    @router.get("/incidents/{id}/explain")
    async def explain(id: str, caller: Caller) -> Explanation:
        """Why each person was or was not paged, decision by decision."""
        caller.require(Role.VIEWER)
        known = await find(id)
        return Explanation(
            incident_id=id,
            state=known.state,
            generation=known.generation,
            step=known.step,
            round=known.round,
            next_step_at=known.next_step_at,
            policy=known.policy,
            policy_reason=known.choice,
            decisions=list(known.log),
        )

    return router


def _view(row: Row) -> PageView:
    fields: dict[str, Any] = row.model_dump()
    return PageView(**fields, result=row.state)


def _cursor(row: Row) -> str:
    return encode_cursor(round(row.requested_at.timestamp() * 1000), row.page_id)


def _position(cursor: str) -> tuple[datetime, str]:
    millis, page_id = decode_cursor(cursor, (int, str))
    return datetime.fromtimestamp(max(0, min(millis, 4_000_000_000_000)) / 1000, UTC), str(page_id)
