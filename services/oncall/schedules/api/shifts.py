"""Who is on call: at an instant, over a span, and everywhere now."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, BeforeValidator

from services.oncall.access import may_see, require_seen
from services.oncall.directory.entry import Kind
from services.oncall.directory.store import DirectoryStore
from services.oncall.schedules.plan import Instant, Schedule, people_named
from services.oncall.schedules.shifts import MOST_SHIFTS, Roster, extent, on_call, shifts
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.problem import invalid, not_found
from shared.vocabulary import Role
from shared.web import Caller, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit

LONGEST = timedelta(days=400)


def _plus_again(value: object) -> object:
    """A plus sign that was not encoded in the query arrives as a space."""
    return value.replace(" ", "+") if isinstance(value, str) and "T" in value else value


When = Annotated[Instant, BeforeValidator(_plus_again), Query(description="RFC 3339, with its offset")]


class OnCallView(BaseModel):
    """Who is on call at an instant."""

    at: datetime
    users: list[str]


class ShiftView(BaseModel):
    """One person on call for [start, end)."""

    start: datetime
    end: datetime
    user_id: str
    layer: str
    override_id: str | None = None


class GapView(BaseModel):
    """Nobody is on call for [start, end)."""

    start: datetime
    end: datetime


class RosterView(BaseModel):
    """Who is on call when, and when nobody is."""

    shifts: list[ShiftView]
    gaps: list[GapView]


class ScheduleOnCall(BaseModel):
    """Who is on call by one schedule."""

    schedule_id: str
    name: str
    team: str | None
    users: list[str]


class EverywhereView(BaseModel):
    """Who is on call now, schedule by schedule."""

    at: datetime
    items: list[ScheduleOnCall]
    next_cursor: str | None = None


def routes(directory: DirectoryStore, clock: Now) -> APIRouter:
    """The endpoints."""
    router = APIRouter(tags=["on-call"])

    async def schedule_of(key: str, caller: Identity, start: datetime, end: datetime) -> Schedule:
        """The schedule with all that it knows of the span, however long ago."""
        entry = await directory.get(Kind.SCHEDULE, key)
        if entry is None or not isinstance(entry.content, Schedule):
            raise not_found("schedule", key)
        require_seen(caller, entry.content.team, "schedule", key)
        return await directory.volumes.read_whole(entry.content, start, end)

    @router.get("/schedules/{id}/on-call")
    async def read_on_call(id: str, caller: Caller, at: When | None = None) -> OnCallView:
        caller.require(Role.VIEWER)
        moment = at or clock.now()
        schedule = await schedule_of(id, caller, moment, moment)
        absences = await directory.absences(people_named(schedule))
        return OnCallView(at=moment, users=sorted(on_call(schedule, moment, absences)))

    @router.get("/schedules/{id}/shifts")
    async def read_shifts(
        id: str,
        caller: Caller,
        from_: Annotated[When | None, Query(alias="from", description="Default: now")] = None,
        to: When | None = None,
    ) -> RosterView:
        """At most 400 days; without `to`, two weeks."""
        caller.require(Role.VIEWER)
        start = from_ or clock.now()
        end = to or start + timedelta(days=14)
        if not start < end <= start + LONGEST:
            raise invalid("/to", f"after from, and at most {LONGEST.days} days later")
        schedule = await schedule_of(id, caller, start, end)
        if extent(schedule, start, end) > MOST_SHIFTS:
            raise invalid("/to", f"this span has more than {MOST_SHIFTS} shifts; ask for a shorter one")
        absences = await directory.absences(people_named(schedule))
        # a long span takes a while to compute: pages must not wait for it
        return await asyncio.to_thread(lambda: _view(shifts(schedule, start, end, absences)))

    @router.get("/on-call")
    async def read_everywhere(caller: Caller, limit: Limit = 200, cursor: Cursor = None) -> EverywhereView:
        caller.require(Role.VIEWER)
        now = clock.now()
        after = decode_cursor(cursor, str) or ""
        entries = await directory.page(Kind.SCHEDULE, after, limit + 1)
        named = [people_named(entry.content) for entry in entries if isinstance(entry.content, Schedule)]
        absences = await directory.absences(set().union(*named))
        items = [
            ScheduleOnCall(
                schedule_id=entry.key,
                name=entry.content.name,
                team=entry.content.team,
                users=sorted(on_call(entry.content, now, absences)),
            )
            for entry in entries[:limit]
            if isinstance(entry.content, Schedule) and may_see(caller.teams, entry.content.team)
        ]
        following = encode_cursor(entries[limit - 1].key) if len(entries) > limit else None
        return EverywhereView(at=now, items=items, next_cursor=following)

    return router


def _view(roster: Roster) -> RosterView:
    return RosterView(
        shifts=[
            ShiftView(
                start=shift.start,
                end=shift.end,
                user_id=shift.user_id,
                layer=shift.layer,
                override_id=shift.override_id,
            )
            for shift in roster.shifts
        ],
        gaps=[GapView(start=start, end=end) for start, end in roster.gaps],
    )
