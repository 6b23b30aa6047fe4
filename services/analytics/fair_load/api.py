"""`GET /reports/on-call`: who carries the load of being on call, as JSON or CSV."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from services.analytics.csv_table import Cell, write_csv
from services.analytics.fair_load.load import (
    BALANCE_FORMULA,
    HOUR_MILLIS,
    LOAD_FORMULA,
    Load,
    LoadQuestion,
    LoadReport,
    PersonLoad,
    make_load_report,
)
from services.analytics.periods.query import PeriodQuery
from services.analytics.periods.views import PeriodView, period_view
from services.analytics.table.summaries import MILLIS
from services.analytics.table.upkeep import TableUpkeep
from shared.clocks.clock import Now
from shared.clocks.epoch import to_millis
from shared.problem import invalid
from shared.vocabulary import Role
from shared.web import Caller

MOST_HOLIDAYS = 100


class LoadQuery(PeriodQuery):
    """A period, whose load, and what days were holidays."""

    team: Annotated[str | None, Field(max_length=200, description="of this team's schedules and incidents")] = None
    holidays: Annotated[
        str, Field(max_length=2000, description="days with commas between them, such as 2026-12-25,2027-01-01")
    ] = ""

    def days_off(self) -> frozenset[date]:
        """The holidays. Raises a 422 `Problem` for what is no day."""
        parts = [part.strip() for part in self.holidays.split(",") if part.strip()]
        if len(parts) > MOST_HOLIDAYS:
            raise invalid("/holidays", f"at most {MOST_HOLIDAYS} days")
        try:
            return frozenset(date.fromisoformat(part) for part in parts)
        except ValueError:
            raise invalid("/holidays", "days such as 2026-12-25, with commas between them") from None


class LoadView(BaseModel):
    """What somebody carried."""

    on_call_seconds: float
    night_seconds: float
    weekend_seconds: float
    holiday_seconds: float
    pages: int
    pages_at_night: int
    """From 22:00 to 07:00 by the person's own clock: sleep that was interrupted."""
    pages_at_weekends: int
    nights_interrupted: int
    """Nights with a page, each once."""
    load_hours: float
    share: float
    """Its part of all load, 0 to 1."""


class PersonLoadView(LoadView):
    """A person, and the period before."""

    person: str
    previous: LoadView


class LoadReportView(BaseModel):
    """Everybody who was on call or paged, who carried most first."""

    period: PeriodView
    previous: PeriodView
    people: list[PersonLoadView]
    balance: float | None
    """1 where all carry the same, 0 where one carries all."""
    previous_balance: float | None
    load_formula: str
    balance_formula: str
    chart: dict[str, str | list[str]]
    complete: bool


def routes(upkeep: TableUpkeep, clock: Now, zone: str) -> APIRouter:
    """The endpoint; `zone` is the house's own time zone."""
    router = APIRouter(tags=["reports"])

    @router.get("/reports/on-call", responses={200: {"content": {"text/csv": {}}}}, response_model=LoadReportView)
    async def on_call_load(
        caller: Caller, request: Request, asked: Annotated[LoadQuery, Query()]
    ) -> LoadReportView | Response:
        """Hours, nights, weekends, holidays and pages of each person in [from, to), and how evenly they are shared.

        Hours are those that schedules had when they passed: no later edit changes them. CSV by `Accept: text/csv`.
        """
        caller.require(Role.VIEWER)
        now = clock.now()
        question = LoadQuestion(asked.period(now, zone), to_millis(now), asked.team, caller.teams, asked.days_off())
        report = await upkeep.ask(make_load_report, question)
        if "text/csv" in request.headers.get("accept", ""):
            headers = {"Content-Disposition": 'attachment; filename="on-call.csv"'}
            return Response(load_csv(report), media_type="text/csv; charset=utf-8", headers=headers)
        return load_view(report, is_complete=upkeep.is_complete)

    return router


def load_view(report: LoadReport, *, is_complete: bool) -> LoadReportView:
    """The report, as it is shown."""
    now, then = (sum(getattr(one, part).points for one in report.people) for part in ("load", "previous"))
    return LoadReportView(
        period=period_view(report.question.period),
        previous=period_view(report.before),
        people=[
            PersonLoadView(
                person=one.person, previous=_load_view(one.previous, then), **_load_view(one.load, now).model_dump()
            )
            for one in report.people
        ],
        balance=report.balance,
        previous_balance=report.previous_balance,
        load_formula=LOAD_FORMULA,
        balance_formula=BALANCE_FORMULA,
        chart={"kind": "bar", "x": "person", "series": ["load_hours"], "unit": "hours"},
        complete=is_complete,
    )


def load_csv(report: LoadReport) -> str:
    """A row for each person."""
    total = sum(one.load.points for one in report.people)
    head = ["person", *LoadView.model_fields, *(f"previous_{name}" for name in LoadView.model_fields)]
    return write_csv(head, (_row(one, total, report.people) for one in report.people))


def _row(one: PersonLoad, total: int, people: Sequence[PersonLoad]) -> list[Cell]:
    before = sum(other.previous.points for other in people)
    return [one.person, *_members(one.load, total).values(), *_members(one.previous, before).values()]


def _load_view(load: Load, total: int) -> LoadView:
    return LoadView.model_validate(_members(load, total))


def _members(load: Load, total: int) -> dict[str, float]:
    return {
        "on_call_seconds": load.on_call / MILLIS,
        "night_seconds": load.nights / MILLIS,
        "weekend_seconds": load.weekends / MILLIS,
        "holiday_seconds": load.holidays / MILLIS,
        "pages": load.pages,
        "pages_at_night": load.pages_at_night,
        "pages_at_weekends": load.pages_at_weekends,
        "nights_interrupted": load.nights_interrupted,
        "load_hours": load.points / HOUR_MILLIS,
        "share": load.points / total if total else 0.0,
    }
