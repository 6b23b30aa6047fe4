"""`GET /reports/reliability`: uptime and error budgets per service, as JSON, CSV or a chart."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.analytics.periods.period import AskedPeriod, Calendar, Period, calendar_of, period_of
from services.analytics.reliability.api.views import ReliabilityView, reliability_view
from services.analytics.reliability.chart import reliability_chart
from services.analytics.reliability.csv_form import reliability_csv
from services.analytics.reliability.known_service import KnownService
from services.analytics.reliability.reader import ReliabilityReader, Report
from services.analytics.reliability.report import Stretch
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.problem import not_found
from shared.process.off_loop import OffLoop
from shared.vocabulary import Role
from shared.web import Caller

SVG = "image/svg+xml"
_FORMS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}, SVG: {}}}}


class ReliabilityQuery(BaseModel):
    """What may be asked for."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    quarter: Annotated[
        str | None, Field(max_length=16, description="such as 2026Q3, or 1405Q2 of the Persian year")
    ] = None
    month: Annotated[
        str | None, Field(max_length=16, description="such as 2026-10, or 1405-07 of the Persian year")
    ] = None
    start: Annotated[str | None, Field(alias="from", max_length=64)] = None
    end: Annotated[str | None, Field(alias="to", max_length=64)] = None
    zone: Annotated[str | None, Field(max_length=64, description="an IANA time zone")] = None
    calendar: Calendar | None = None
    service_id: Annotated[str | None, Field(max_length=200)] = None
    team: Annotated[str | None, Field(max_length=200)] = None

    def period(self, clock: Now, zone: str) -> Period:
        """The time that is asked about. Raises a 422 `Problem` that names what is wrong."""
        asked = AskedPeriod(self.month, self.start, self.end, self.zone, self.calendar, self.quarter)
        return period_of(asked, clock.now(), zone)


def routes(reader: ReliabilityReader, clock: Now, zone: str) -> APIRouter:
    """The endpoints; `zone` is the house's own time zone."""
    router = APIRouter(tags=["reports"])
    off_loop = OffLoop()

    async def report_for(caller: Identity, asked: ReliabilityQuery) -> tuple[Report, Period, Stretch]:
        caller.require(Role.VIEWER)
        period, now = asked.period(clock, zone), clock.now()
        stretch = Stretch.of(period, now)
        services = _wanted(await reader.services(), asked, caller)
        return await reader.report(services, stretch, now), period, stretch

    @router.get("/reports/reliability", responses=_FORMS, response_model=ReliabilityView)
    async def read_reliability(
        caller: Caller, request: Request, asked: Annotated[ReliabilityQuery, Query()]
    ) -> ReliabilityView | Response:
        """Uptime, target, error budget, what spent it and days with downtime, of each service; without a period the
        last 30 days. CSV or a chart by `Accept`.
        """
        report, period, stretch = await report_for(caller, asked)
        accepted = request.headers.get("accept", "")
        if "text/csv" in accepted:
            text = await off_loop.run(reliability_csv, report.services)
            headers = {"Content-Disposition": 'attachment; filename="reliability.csv"'}
            return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
        calendar = calendar_of(asked.calendar, period)
        if SVG in accepted:
            return _chart(await off_loop.run(reliability_chart, report.services, period, stretch, calendar))
        return await off_loop.run(reliability_view, report, period, stretch, calendar, caller.teams)

    @router.get("/reports/reliability.svg", response_class=Response, responses={200: {"content": {SVG: {}}}})
    async def read_reliability_chart(caller: Caller, asked: Annotated[ReliabilityQuery, Query()]) -> Response:
        """The chart: each service's days, its uptime and what is left of its budget. It stands alone in a document."""
        report, period, stretch = await report_for(caller, asked)
        calendar = calendar_of(asked.calendar, period)
        return _chart(await off_loop.run(reliability_chart, report.services, period, stretch, calendar))

    return router


def _wanted(services: list[KnownService], asked: ReliabilityQuery, caller: Identity) -> list[KnownService]:
    """The services that are asked for. Raises a 404 `Problem` for a service that the caller does not see."""
    found = [
        one
        for one in services
        if one.is_visible_to(caller.teams) and asked.service_id in (None, one.id) and asked.team in (None, one.team)
    ]
    if asked.service_id is not None and not found:
        raise not_found("service", asked.service_id)
    return found


def _chart(text: str) -> Response:
    headers = {"Content-Disposition": 'inline; filename="reliability.svg"'}
    return Response(text, media_type=SVG, headers=headers)
