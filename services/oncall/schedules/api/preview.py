"""`/schedules/{id}/preview`: what an edit would change. Responders ask; nothing is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from services.oncall.access import require_seen
from services.oncall.directory.api.editing import Patch
from services.oncall.directory.entry import Kind
from services.oncall.directory.store import DirectoryStore
from services.oncall.schedules.api.schedules import ScheduleBody, body_of, faults_of
from services.oncall.schedules.plan import Schedule, people_named
from services.oncall.schedules.preview import AHEAD, Difference, compare
from services.oncall.schedules.revisions import replan
from services.oncall.schedules.shifts import MOST_SHIFTS, extent
from services.oncall.schedules.spans import Span, seconds
from shared.clocks.clock import Now
from shared.problem import invalid, not_found
from shared.vocabulary import Role
from shared.web import Caller
from shared.web.merge_patch import apply_patch, refuse


class SpanView(BaseModel):
    """The time [start, end)."""

    start: datetime
    end: datetime


class ExchangeView(BaseModel):
    """The hours that one person would gain and lose."""

    user_id: str
    gains: list[SpanView]
    loses: list[SpanView]
    gained_seconds: int
    lost_seconds: int


class PreviewView(BaseModel):
    """What an edit would change in the next 90 days; what stays the same is left out."""

    start: datetime
    end: datetime
    people: list[ExchangeView]
    gaps_appear: list[SpanView]
    gaps_vanish: list[SpanView]
    gap_seconds_more: int
    """Of all gaps together; less than none when they shrink."""


def routes(directory: DirectoryStore, clock: Now) -> APIRouter:
    """The endpoint."""
    router = APIRouter(tags=["on-call"])

    @router.post("/schedules/{id}/preview")
    async def preview_schedule(id: str, patch: Patch, caller: Caller) -> PreviewView:
        """Who would gain or lose which hours in the next 90 days, which gaps come and go; nothing is stored.

        The body is a whole changed schedule or only the fields that change.
        """
        caller.require(Role.RESPONDER)
        entry = await directory.get(Kind.SCHEDULE, id)
        if entry is None or not isinstance(entry.content, Schedule):
            raise not_found("schedule", id)
        before, now = entry.content, clock.now()
        require_seen(caller, before.team, "schedule", id)
        body = apply_patch(body_of(before), patch, ScheduleBody)
        after = replan(before, body.name, body.team, body, now)
        refuse(await faults_of(directory, after, before))
        if max(extent(one, now, now + AHEAD) for one in (before, after)) > MOST_SHIFTS:
            raise invalid("/layers", f"these have more than {MOST_SHIFTS} shifts in {AHEAD.days} days")
        absences = await directory.absences(people_named(before) | people_named(after))
        # a rotation of hours takes a while to compute: pages must not wait for it
        return await asyncio.to_thread(lambda: _preview(compare(before, after, now, absences)))

    return router


def _preview(found: Difference) -> PreviewView:
    return PreviewView(
        start=found.start,
        end=found.end,
        people=[
            ExchangeView(
                user_id=one.user_id,
                gains=_spans(one.gains),
                loses=_spans(one.loses),
                gained_seconds=seconds(one.gains),
                lost_seconds=seconds(one.loses),
            )
            for one in found.people
        ],
        gaps_appear=_spans(found.gaps_appear),
        gaps_vanish=_spans(found.gaps_vanish),
        gap_seconds_more=seconds(found.gaps_appear) - seconds(found.gaps_vanish),
    )


def _spans(spans: Sequence[Span]) -> list[SpanView]:
    return [SpanView(start=start, end=end) for start, end in spans]
