"""What became of an incident's pages, and why each person was or was not told."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from services.oncall.directory.policy import Choice, Snapshot
from services.oncall.directory.store import DirectoryStore
from services.oncall.escalation.escalation import ATTEMPT_LIMIT, Escalation, Hold, JournalEntry, Reason
from services.oncall.escalation.explanation import account
from services.oncall.escalation.page_row import Row, merge_rows, requested_row
from services.oncall.escalation.store.escalations import Escalations
from services.oncall.escalation.store.never_paged import NeverPaged
from services.oncall.escalation.store.page_rows import Pages
from shared.callers.identity import Identity
from shared.canary import ID as CANARY
from shared.events.oncall import EscalationState, FailedRunbook, PageState
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


class LineView(BaseModel):
    """One rule that made or suppressed a page."""

    rule: str
    """A stable word for what decided."""
    sentence: str
    """The same for people to read; people are called by their ids."""
    at: datetime | None
    generation: int | None
    step: int | None
    round: int | None
    method_id: str | None
    page_id: str | None
    result: PageState | None


class PersonView(BaseModel):
    """Why one person was or was not paged, in the order of time."""

    user_id: str
    paged: bool
    lines: list[LineView]


class HeldForView(BaseModel):
    """A runbook that starts by itself for the incident, and for which its first page waits."""

    runbook_id: str
    name: str
    seconds: int
    """So long pages wait for it."""
    criteria: list[str]
    """What of its trigger matched, as `name=value`."""
    succeeded_at: datetime | None
    """When it ended well, if it did while the page waited."""


class HoldView(BaseModel):
    """What kept, or keeps, the first page."""

    runbooks: list[HeldForView]
    since: datetime
    until: datetime
    """When the first step begins at the latest."""
    ended_by: Reason | None
    """A stable word for what ended it: `resolved`, `answered`, `hold_over`, `runbook_failed`, …; null: it waits."""
    ended_at: datetime | None
    failure: FailedRunbook | None
    """What of a runbook did not do without people; without its output."""


class Explanation(BaseModel):
    """Why people were or were not paged: in a sentence, about all of it, person by person; and every decision as noted,
    the oldest first.
    """

    incident_id: str
    summary: str
    lines: list[LineView]
    people: list[PersonView]
    state: EscalationState
    generation: int
    step: int
    round: int
    next_step_at: datetime | None
    hold: HoldView | None
    policy: Snapshot | None
    policy_reason: Choice | None
    decisions: list[JournalEntry]


def routes(escalations: Escalations, never_paged: NeverPaged, pages: Pages, directory: DirectoryStore) -> APIRouter:
    """The endpoints."""
    router = APIRouter(tags=["on-call"])

    async def find(incident_id: str, caller: Identity) -> Escalation:
        """The escalation of an incident; of one that is another team's nobody is told."""
        for _ in range(round(PATIENCE_SECONDS / 0.05) if incident_id != CANARY else 0):
            kept = (await escalations.get([incident_id])).get(incident_id)
            escalation = kept.escalation if kept is not None else await never_paged.get(incident_id)
            if escalation is not None:
                if caller.teams and escalation.team not in caller.teams:
                    break
                return escalation
            await asyncio.sleep(0.05)
        raise not_found("incident", incident_id)

    @router.get("/incidents/{id}/pages")
    async def list_pages(id: str, caller: Caller, limit: Limit = 200, cursor: Cursor = None) -> Page[PageView]:
        """Every page of an incident, the oldest first."""
        caller.require(Role.VIEWER)
        after = decode_cursor(cursor, datetime, str)
        # the escalation first: what it asked for meanwhile has no result yet
        attempts = (requested_row(id, attempt) for attempt in (await find(id, caller)).attempts)
        results = await pages.of_incident(id, after, limit + 1)
        rows = merge_rows(results, (row for row in attempts if after is None or row.position > after))
        following = encode_cursor(rows[limit - 1].requested_at, rows[limit - 1].page_id) if len(rows) > limit else None
        return Page(items=[_view(row) for row in rows[:limit]], next_cursor=following)

    @router.get("/incidents/{id}/explain")
    async def explain(id: str, caller: Caller) -> Explanation:
        """Why each person was or was not paged, rule by rule."""
        caller.require(Role.VIEWER)
        known = await find(id, caller)
        results = {row.page_id: row.state for row in await pages.of_incident(id, None, ATTEMPT_LIMIT)}
        told = account(known, directory.now, results)
        return Explanation(
            incident_id=id,
            summary=told.summary,
            lines=[LineView(**asdict(line)) for line in told.lines],
            people=[
                PersonView(user_id=one.user_id, paged=one.paged, lines=[LineView(**asdict(line)) for line in one.lines])
                for one in told.people
            ],
            state=known.state,
            generation=known.generation,
            step=known.step,
            round=known.round,
            next_step_at=known.next_step_at,
            hold=_hold(known.hold),
            policy=known.policy,
            policy_reason=known.choice,
            decisions=list(known.log),
        )

    return router


def _hold(hold: Hold | None) -> HoldView | None:
    if hold is None:
        return None
    runbooks = [HeldForView(runbook_id=one.id, **one.model_dump(exclude={"id"})) for one in hold.runbooks]
    # what it wrote stands at its execution, and its end on the timeline
    failure = hold.failure.changed(output="") if hold.failure is not None else None
    return HoldView(
        runbooks=runbooks,
        since=hold.since,
        until=hold.until,
        ended_by=hold.end,
        ended_at=hold.ended_at,
        failure=failure,
    )


def _view(row: Row) -> PageView:
    fields: dict[str, Any] = row.model_dump()
    return PageView(**fields, result=row.state)
