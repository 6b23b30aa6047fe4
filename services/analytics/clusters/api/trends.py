"""`GET /analytics/trends`: what the incidents of a month were, as JSON or CSV."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.analytics.clusters.api.views import TrendsView, trends_view
from services.analytics.clusters.cluster_cache import ClusterCache, Known
from services.analytics.clusters.clustered_incident import ClusteredIncident
from services.analytics.clusters.csv_form import trends_csv
from services.analytics.clusters.trends import GroupBy, Trends, trends_of
from services.analytics.periods.period import AskedPeriod, Calendar, Period, period_of
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.process.off_loop import OffLoop
from shared.vocabulary import Category, Role, Severity
from shared.web import Caller


class TrendsQuery(BaseModel):
    """What may be asked for."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    month: Annotated[
        str | None, Field(max_length=16, description="such as 2026-10, or 1405-07 of the Persian year")
    ] = None
    start: Annotated[str | None, Field(alias="from", max_length=64)] = None
    end: Annotated[str | None, Field(alias="to", max_length=64)] = None
    zone: Annotated[str | None, Field(max_length=64, description="an IANA time zone")] = None
    calendar: Calendar | None = None
    group_by: GroupBy | None = None
    service_id: Annotated[str | None, Field(max_length=200)] = None
    team: Annotated[str | None, Field(max_length=200)] = None
    severity: Severity | None = None
    category: Category | None = None
    members: bool = False

    def wants(self, incident: ClusteredIncident) -> bool:
        """True when this incident is asked for."""
        return (
            self.service_id in (None, incident.service_id)
            and self.team in (None, incident.team)
            and self.severity in (None, incident.severity)
            and self.category in (None, incident.category)
        )


def routes(cache: ClusterCache, clock: Now, zone: str) -> APIRouter:
    """The endpoint; `zone` is the house's own time zone."""
    router = APIRouter(tags=["analytics"])
    off_loop = OffLoop()

    @router.get("/analytics/trends", responses={200: {"content": {"text/csv": {}}}}, response_model=TrendsView)
    async def trends(caller: Caller, request: Request, asked: Annotated[TrendsQuery, Query()]) -> TrendsView | Response:
        """Of the incidents that were opened in [from, to), without either in the last 30 days; CSV by `Accept`."""
        caller.require(Role.VIEWER)
        period = period_of(
            AskedPeriod(asked.month, asked.start, asked.end, asked.zone, asked.calendar), clock.now(), zone
        )
        known = await cache.fresh()
        found = await off_loop.run(_trends, known, caller, asked, period)
        if "text/csv" in request.headers.get("accept", ""):
            headers = {"Content-Disposition": 'attachment; filename="trends.csv"'}
            return Response(trends_csv(found), media_type="text/csv; charset=utf-8", headers=headers)
        return trends_view(found, members=asked.members, grouped=asked.group_by is not None)

    return router


def _trends(known: Known, caller: Identity, asked: TrendsQuery, period: Period) -> Trends:
    seen = known.limited_to(caller.teams)
    wanted = [one for one in seen.incidents if asked.wants(one)]
    return trends_of(wanted, seen.memberships, seen.actions, period, group_by=asked.group_by, runbooks=seen.runbooks)
