"""iCalendar: `/schedules/{id}.ics` and `/users/{id}.ics` by key, `/calendars/{token}` for calendar readers.

Readers send no key, so their link is a secret of its own. It is shown once, when it is made; another ends it, and so
does the end of the key that made it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel

from services.oncall.access import may_see, require_team
from services.oncall.calendars.feed import AHEAD, BACK, Duty, of_person, of_schedule, start_of_feed, write_calendar
from services.oncall.calendars.store import CalendarLinks
from services.oncall.directory.entry import Kind
from services.oncall.directory.people import User
from services.oncall.directory.store import DirectoryStore
from services.oncall.membership.api import Membership
from services.oncall.membership.rules import may_act_for
from services.oncall.schedules.plan import Schedule, people_named
from services.oncall.schedules.presence import Absences
from services.oncall.schedules.shifts import MOST_SHIFTS, extent
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.problem import Problem, forbidden, not_found
from shared.vocabulary import Role
from shared.web import Caller

PATH = "/calendars/"
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"description": "RFC 5545", "content": {"text/calendar": {"schema": {"type": "string"}}}}
}

Token = Annotated[str, Path(max_length=100)]


class CalendarLink(BaseModel):
    """A secret link."""

    url: str


class Calendars:
    """Makes calendars of what the directory holds now."""

    def __init__(self, directory: DirectoryStore, clock: Now) -> None:
        self._directory = directory
        self._membership = Membership(directory, clock)
        self._clock = clock

    async def of(self, kind: Kind, key: str, teams: Sequence[str]) -> Response:
        """The calendar of a schedule or a person, as far as somebody who is limited to `teams` (empty: not) may see it.

        Raises a `Problem`: 404 when there is none, 422 when it would be too long.
        """
        content = await self.content(kind, key)
        if isinstance(content, Schedule):
            if not may_see(teams, content.team):
                raise not_found("schedule", key)
            seen = {key: content}
        else:
            known = self._directory.now.schedules
            seen = {k: one for k, one in known.items() if may_see(teams, one.team)}
        now = self._clock.now()
        schedules = {name: await self._read_whole(one, now) for name, one in seen.items()}
        if kind is Kind.USER:  # what others do counts against nobody's limit
            schedules = {name: one for name, one in schedules.items() if key in people_named(one)}
        absences = await self._directory.absences(set().union(*map(people_named, schedules.values())))
        # half a year of many schedules takes a while to compute: pages must not wait for it
        body = await asyncio.to_thread(self._write, kind, key, content.name, schedules, absences)
        return Response(
            body, media_type="text/calendar; charset=utf-8", headers={"Cache-Control": "private, max-age=600"}
        )

    async def require_owned(self, kind: Kind, key: str, caller: Identity) -> None:
        """Raise a `Problem` unless the secret link of this calendar is the caller's to make and to end: 404, 403."""
        content = await self.content(kind, key)
        if isinstance(content, Schedule):
            require_team(caller, content.team)
            return
        if not may_act_for(caller, key, await self._membership.of(key, caller)):
            raise forbidden("A person's link is theirs, and their managers', to make and to end.")

    async def _read_whole(self, schedule: Schedule, now: datetime) -> Schedule:
        """The schedule with all of its past that its feed tells of."""
        known = await self._directory.volumes.read_whole(schedule, now - BACK, now + AHEAD)
        return await self._directory.volumes.read_whole(schedule, start_of_feed(known, now), now + AHEAD)

    async def content(self, kind: Kind, key: str) -> Schedule | User:
        """What the calendar is of. Raises a 404 `Problem` when there is none."""
        entry = await self._directory.get(kind, key)
        if entry is None or not isinstance(entry.content, Schedule | User):
            raise not_found(kind.value, key)
        return entry.content

    def _write(self, kind: Kind, key: str, name: str, schedules: dict[str, Schedule], absences: Absences) -> bytes:
        now = self._clock.now()
        if sum(extent(one, start_of_feed(one, now), now + AHEAD) for one in schedules.values()) > MOST_SHIFTS * 10:
            raise Problem(422, "too_many_shifts", "This calendar would be too long.")
        duties: list[Duty] = (
            of_schedule(key, schedules[key], now, absences)
            if kind is Kind.SCHEDULE
            else of_person(key, schedules, now, absences)
        )
        return write_calendar(name, duties, self._directory.now.users, now)


def routes(directory: DirectoryStore, links: CalendarLinks, clock: Now, base_url: str) -> APIRouter:
    """The endpoints; they come before those of schedules and users, whose ids may not end in `.ics`."""
    router = APIRouter(tags=["on-call"])
    calendars = Calendars(directory, clock)

    @router.get("/schedules/{id}.ics", response_class=Response, responses=_ANSWER)
    async def read_schedule_calendar(id: str, caller: Caller) -> Response:
        """Everybody's shifts, 15 days back to 180 ahead."""
        caller.require(Role.VIEWER)
        return await calendars.of(Kind.SCHEDULE, id, caller.teams)

    @router.get("/users/{id}.ics", response_class=Response, responses=_ANSWER)
    async def read_user_calendar(id: str, caller: Caller) -> Response:
        """One person's shifts by all schedules, 15 days back to 180 ahead."""
        caller.require(Role.VIEWER)
        return await calendars.of(Kind.USER, id, caller.teams)

    @router.get(PATH + "{token}", response_class=Response, responses=_ANSWER)
    async def read_by_link(token: Token) -> Response:
        """The calendar that a secret link leads to; it needs no key."""
        found = await links.find(token.removesuffix(".ics"))
        if found is None:
            raise Problem(404, "not_found", "This link leads to no calendar, or to none any more.")
        return await calendars.of(found.kind, found.key, found.teams)

    async def renew(kind: Kind, key: str, caller: Identity) -> CalendarLink:
        caller.require(Role.RESPONDER)
        await calendars.require_owned(kind, key, caller)
        token = secrets.token_urlsafe(32)
        await links.keep(kind, key, token, caller.teams, made_by=caller.key_id)
        return CalendarLink(url=f"{base_url}{PATH}{token}.ics")

    @router.post("/schedules/{id}/calendar-link", status_code=201)
    async def make_schedule_link(id: str, caller: Caller) -> CalendarLink:
        """A new secret link to the schedule's calendar; it is shown only now, and the one before ends.

        It ends with the API key that made it.
        """
        return await renew(Kind.SCHEDULE, id, caller)

    @router.post("/users/{id}/calendar-link", status_code=201)
    async def make_user_link(id: str, caller: Caller) -> CalendarLink:
        """A new secret link to the person's calendar; it is shown only now, and the one before ends.

        It ends with the API key that made it.
        """
        return await renew(Kind.USER, id, caller)

    return router


def endings(directory: DirectoryStore, links: CalendarLinks, clock: Now) -> APIRouter:
    """How a secret link is ended without a new one."""
    router = APIRouter(tags=["on-call"])
    calendars = Calendars(directory, clock)

    async def end(kind: Kind, key: str, caller: Identity) -> None:
        caller.require(Role.RESPONDER)
        await calendars.require_owned(kind, key, caller)
        await links.end(kind, key)

    @router.delete("/schedules/{id}/calendar-link", status_code=204)
    async def end_schedule_link(id: str, caller: Caller) -> None:
        await end(Kind.SCHEDULE, id, caller)

    @router.delete("/users/{id}/calendar-link", status_code=204)
    async def end_user_link(id: str, caller: Caller) -> None:
        await end(Kind.USER, id, caller)

    return router
