"""`GET /reports/dashboard`, `/reports/sla` and `/reports/figures/{name}/incidents`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.analytics.clusters.cluster_cache import ClusterCache
from services.analytics.figures.api.query import OpenedQuery, ReportQuery
from services.analytics.figures.api.views import (
    DashboardView,
    OpenedPage,
    SlaView,
    dashboard_view,
    opened_views,
    sla_view,
)
from services.analytics.figures.catalogue import BY_NAME, FIGURES
from services.analytics.figures.csv_form import dashboard_csv
from services.analytics.figures.figure import Figure
from services.analytics.figures.grouping import FigureGroupBy
from services.analytics.figures.opened import Opened, Part, open_figure
from services.analytics.figures.recurrence import ClusterNumbers
from services.analytics.figures.report import Dashboard, ReportQuestion, make_dashboard
from services.analytics.figures.store import IncidentTexts
from services.analytics.periods.buckets import MOST_BUCKETS, TooManyBuckets
from services.analytics.table.table import Table
from services.analytics.table.upkeep import TableUpkeep
from shared.clocks.clock import Now
from shared.problem import Problem, invalid, not_found
from shared.vocabulary import Role
from shared.web import Caller, decode_cursor, encode_cursor

CLUSTERS_PATIENCE_SECONDS = 0.1
"""Clusters that are made anew are not waited for longer: one figure of fourteen is made of them."""
SLA_FIGURES = (BY_NAME["response_in_time"], BY_NAME["resolution_in_time"])


class Reports:
    """Computes reports from the table, with the clusters that are known."""

    def __init__(self, upkeep: TableUpkeep, clusters: ClusterCache) -> None:
        self.upkeep = upkeep
        self._clusters = clusters
        self._numbers = ClusterNumbers()

    async def dashboard(self, question: ReportQuestion, figures: Sequence[Figure]) -> Dashboard:
        """The figures of a period. Raises a 422 `Problem` where its groups would be too many."""
        known = await self._clusters.fresh(CLUSTERS_PATIENCE_SECONDS)

        def compute(table: Table) -> Dashboard:
            return make_dashboard(table, question, self._numbers.of(table, known.memberships.of_incident), figures)

        try:
            return await self.upkeep.ask(compute)
        except TooManyBuckets:
            raise _too_many() from None

    async def open(self, question: ReportQuestion, figure: Figure, part: Part, start: int, limit: int) -> Opened:
        """The incidents of a figure."""
        known = await self._clusters.fresh(CLUSTERS_PATIENCE_SECONDS)

        def compute(table: Table) -> Opened:
            numbers = self._numbers.of(table, known.memberships.of_incident)
            return open_figure(table, question, numbers, figure, part, start=start, limit=limit)

        try:
            return await self.upkeep.ask(compute)
        except TooManyBuckets:
            raise _too_many() from None


def _too_many() -> Problem:
    return invalid("/group_by", f"the period has more than {MOST_BUCKETS} of them: ask for a shorter one")


def routes(reports: Reports, texts: IncidentTexts, clock: Now, zone: str) -> APIRouter:
    """The endpoints; `zone` is the house's own time zone."""
    router = APIRouter(tags=["reports"])

    @router.get("/reports/dashboard", responses={200: {"content": {"text/csv": {}}}}, response_model=DashboardView)
    async def dashboard(
        caller: Caller, request: Request, asked: Annotated[ReportQuery, Query()]
    ) -> DashboardView | Response:
        """How incidents went that were created in [from, to), beside the period before; CSV by `Accept: text/csv`.

        Formulas are in each figure's `formula` and in docs/metrics.md; each is opened by its `incidents`.
        """
        caller.require(Role.VIEWER)
        found = await reports.dashboard(asked.question(caller, clock.now(), zone), FIGURES)
        if "text/csv" in request.headers.get("accept", ""):
            headers = {"Content-Disposition": 'attachment; filename="dashboard.csv"'}
            return Response(dashboard_csv(found), media_type="text/csv; charset=utf-8", headers=headers)
        return dashboard_view(found, is_complete=reports.upkeep.is_complete)

    @router.get("/reports/sla", responses={200: {"content": {"text/csv": {}}}}, response_model=SlaView)
    async def sla(caller: Caller, request: Request, asked: Annotated[ReportQuery, Query()]) -> SlaView | Response:
        """How often response and resolution were in time, by priority unless `group_by` says otherwise."""
        caller.require(Role.VIEWER)
        question = asked.question(caller, clock.now(), zone)
        grouped = replace(question, group_by=question.group_by or FigureGroupBy.PRIORITY)
        found = await reports.dashboard(grouped, SLA_FIGURES)
        if "text/csv" in request.headers.get("accept", ""):
            headers = {"Content-Disposition": 'attachment; filename="sla.csv"'}
            return Response(dashboard_csv(found), media_type="text/csv; charset=utf-8", headers=headers)
        return sla_view(found, is_complete=reports.upkeep.is_complete)

    @router.get("/reports/figures/{name}/incidents")
    async def list_figure_incidents(
        caller: Caller,
        name: Annotated[str, Path(max_length=100, description="a member of the dashboard's `figures`")],
        asked: Annotated[OpenedQuery, Query()],
    ) -> OpenedPage:
        """The incidents that a figure is made of, each with its own number; `n` is the figure's."""
        caller.require(Role.VIEWER)
        if name not in BY_NAME:
            raise not_found("figure", name)
        if asked.group is not None and asked.group_by is None:
            raise invalid("/group_by", "needed with group")
        start = max(decode_cursor(asked.cursor, int) or 0, 0)
        question = asked.question(caller, clock.now(), zone)
        part = Part(asked.group, asked.person, asked.pending)
        found = await reports.open(question, BY_NAME[name], part, start, asked.limit)
        behind = start + len(found.items)
        return OpenedPage(
            items=opened_views(found.items, await texts.of([one.id for one in found.items])),
            next_cursor=encode_cursor(behind) if behind < found.n else None,
            n=found.n,
            figure=name,
            unit=BY_NAME[name].unit,
            complete=reports.upkeep.is_complete,
        )

    return router
