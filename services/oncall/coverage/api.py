"""`GET /on-call/coverage`: who would be woken first, service by service and hour by hour, and when nobody would be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from services.oncall.catalogue_copy.services import CatalogueService
from services.oncall.catalogue_copy.store import CatalogueServices
from services.oncall.coverage.grid import Cell, ServiceCoverage, make_grid, most_shifts
from services.oncall.directory.policy import Choice
from services.oncall.directory.snapshot import Directory
from services.oncall.directory.store import DirectoryStore
from services.oncall.schedules.api.shifts import GapView, When
from shared.clocks.clock import Now
from shared.problem import invalid
from shared.process.off_loop import OffLoop
from shared.vocabulary import Role
from shared.web import Caller, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit

DAY = timedelta(days=1)
LONGEST = timedelta(days=7)
FURTHEST = timedelta(days=400)
MOST_SHIFTS = 100_000
"""Of the schedules of one answer together."""


class CoverageHourView(BaseModel):
    """An hour, or the part of it in which the same people would be woken."""

    start: datetime
    end: datetime
    users: list[str]
    """Empty: nobody at all."""
    step: int | None
    in_turn: bool
    """One of them, whose turn it is."""
    took_over: Choice | None
    """Nobody by the service's own policy: what takes over."""


class ServiceCoverageView(BaseModel):
    """A service's row."""

    service_id: str
    name: str
    team: str | None
    policy_id: str | None
    policy_reason: Choice
    hours: list[CoverageHourView]
    holes: list[GapView]
    """Nobody is on call by any step of its own policy."""


class CoverageView(BaseModel):
    """The grid, by service."""

    start: datetime
    end: datetime
    items: list[ServiceCoverageView]
    next_cursor: str | None = None


def routes(directory: DirectoryStore, services: CatalogueServices, off_loop: OffLoop, clock: Now) -> APIRouter:
    """The endpoint."""
    router = APIRouter(tags=["on-call"])

    @router.get("/on-call/coverage", response_model=CoverageView)
    async def read_coverage(
        caller: Caller,
        from_: Annotated[When | None, Query(alias="from", description="Default: the present hour")] = None,
        to: When | None = None,
        limit: Limit = 200,
        cursor: Cursor = None,
    ) -> Response:
        """Whom a critical alert would wake first, at most 7 days; without `to`, 24 hours. Services by their ids.

        A key that is limited to teams sees its teams' services. Nothing of the past is told: plans are as they are now.
        """
        caller.require(Role.VIEWER)
        now = clock.now()
        start = from_ or now.replace(minute=0, second=0, microsecond=0)
        end = to or start + DAY
        if not now - DAY <= start <= now + FURTHEST:
            raise invalid("/from", f"at most a day ago and {FURTHEST.days} days ahead")
        if not start < end <= start + LONGEST:
            raise invalid("/to", f"after from, and at most {LONGEST.days} days later")
        after = decode_cursor(cursor, str) or ""
        found = [one for one in await services.all() if not caller.teams or one.team in caller.teams]
        wanted = [one for one in found if one.id > after][: limit + 1]
        following = encode_cursor(wanted[limit - 1].id) if len(wanted) > limit else None
        plan = directory.now.freeze()
        # thousands of hours take a while to compute and to write: pages must not wait for it
        content = await off_loop.run(_write, plan, wanted[:limit], start, end, following)
        return Response(content, media_type="application/json")

    return router


def _write(
    directory: Directory, services: Sequence[CatalogueService], start: datetime, end: datetime, following: str | None
) -> bytes:
    if most_shifts(directory, services, start, end) > MOST_SHIFTS:
        raise invalid("/to", f"this has more than {MOST_SHIFTS} shifts; ask for a shorter span, or for fewer services")
    rows = make_grid(directory, services, start, end)
    view = {"start": start, "end": end, "items": [_row(row) for row in rows], "next_cursor": following}
    # thousands of hours as models would take most of the time
    return orjson.dumps(view, option=orjson.OPT_UTC_Z)


def _row(row: ServiceCoverage) -> dict[str, Any]:
    """As `ServiceCoverageView`."""
    return {
        "service_id": row.service.id,
        "name": row.service.name,
        "team": row.service.team,
        "policy_id": row.policy_id,
        "policy_reason": row.choice,
        "hours": [_hour(cell) for cell in row.cells],
        "holes": [{"start": start, "end": end} for start, end in row.holes],
    }


def _hour(cell: Cell) -> dict[str, Any]:
    """As `CoverageHourView`."""
    woken = cell.woken
    return {
        "start": cell.start,
        "end": cell.end,
        "users": woken.users,
        "step": woken.step,
        "in_turn": woken.in_turn,
        "took_over": woken.took_over,
    }
