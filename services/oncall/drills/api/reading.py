"""`GET /drills`, `/drills/{id}`, its report, and the scenarios that are shipped."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Response

from services.oncall.drills.api.lookup import PATH, SCENARIOS, find_drill
from services.oncall.drills.api.views import DrillView, WholeDrillView, drill_view, whole_view
from services.oncall.drills.drill import Drill
from services.oncall.drills.report import report
from services.oncall.drills.scenario import Scenario
from services.oncall.drills.shipped import SHIPPED
from services.oncall.drills.store import Drills
from services.oncall.escalation.page_row import Row, merge_rows, requested_row
from services.oncall.escalation.store.escalations import Escalations
from services.oncall.escalation.store.page_rows import Pages
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit

MOST_PAGES = 500


def routes(drills: Drills, escalations: Escalations, pages: Pages) -> APIRouter:
    """The endpoints."""
    router = APIRouter(tags=["on-call"])

    async def rows_of(drill: Drill) -> list[Row]:
        known = await escalations.get([one.id for one in drill.incidents])
        rows: list[Row] = []
        for key, kept in known.items():
            asked = (requested_row(key, one) for one in kept.escalation.attempts)
            rows += merge_rows(await pages.of_incident(key, None, MOST_PAGES), asked)
        return sorted(rows, key=lambda one: one.position)[:MOST_PAGES]

    @router.get(PATH)
    async def list_drills(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[DrillView]:
        """Drills, those that begin last first."""
        caller.require(Role.VIEWER)
        found = await drills.page(caller.teams, decode_cursor(cursor, datetime, str), limit + 1)
        last = found[limit - 1].drill if len(found) > limit else None
        following = encode_cursor(last.starts_at, last.id) if last is not None else None
        return Page(items=[drill_view(one.drill) for one in found[:limit]], next_cursor=following)

    @router.get(f"{PATH}/{SCENARIOS}")
    async def list_scenarios(caller: Caller) -> Page[Scenario]:
        """The scenarios that are shipped."""
        caller.require(Role.VIEWER)
        return Page(items=list(SHIPPED.values()), next_cursor=None)

    @router.get(
        f"{PATH}/{{id}}.md",
        response_class=Response,
        responses={200: {"content": {"text/markdown": {"schema": {"type": "string"}}}}},
    )
    async def read_report(id: str, caller: Caller) -> Response:
        """The report, as Markdown."""
        caller.require(Role.VIEWER)
        text = report((await find_drill(drills, id, caller)).drill)
        return Response(text, media_type="text/markdown; charset=utf-8")

    @router.get(f"{PATH}/{{id}}")
    async def read_drill(id: str, caller: Caller) -> WholeDrillView:
        caller.require(Role.VIEWER)
        drill = (await find_drill(drills, id, caller)).drill
        return whole_view(drill, await rows_of(drill))

    return router
