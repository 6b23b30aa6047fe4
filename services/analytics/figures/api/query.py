"""What the reports may be asked: a period, and what of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.analytics.figures.grouping import FigureGroupBy
from services.analytics.figures.report import ReportQuestion
from services.analytics.periods.period import AskedPeriod, Calendar, Period, period_of
from services.analytics.table.selection import Wanted
from shared.callers.identity import Identity
from shared.clocks.epoch import to_millis
from shared.problem import invalid
from shared.vocabulary import Category, Priority, Severity

LONGEST_DAYS = 36_600
"""A hundred years: nobody has older incidents."""


class PeriodQuery(BaseModel):
    """A period: a month, a quarter, or from and to; the last 30 days where nothing is said."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    start: Annotated[str | None, Field(alias="from", max_length=64, description="a time, or a day in the zone")] = None
    end: Annotated[str | None, Field(alias="to", max_length=64, description="before this time or day")] = None
    month: Annotated[
        str | None, Field(max_length=16, description="such as 2026-10, or 1405-07 of the Persian year")
    ] = None
    quarter: Annotated[
        str | None, Field(max_length=16, description="such as 2026Q3, or 1405Q2 of the Persian year")
    ] = None
    zone: Annotated[str | None, Field(max_length=64, description="an IANA time zone; else the house's own")] = None
    calendar: Annotated[Calendar | None, Field(description="by which days, weeks and months are named")] = None

    def period(self, now: datetime, usual_zone: str) -> Period:
        """The period that is asked for. Raises a 422 `Problem` that names the parameter that is wrong."""
        asked = AskedPeriod(self.month, self.start, self.end, self.zone, self.calendar, self.quarter)
        found = period_of(asked, now, usual_zone)
        if (found.end - found.start).days > LONGEST_DAYS:
            raise invalid("/from", f"a period of more than {LONGEST_DAYS} days")
        return found


class ReportQuery(PeriodQuery):
    """A period, which incidents of it, and by what they are told apart."""

    group_by: Annotated[FigureGroupBy | None, Field(description="by what each figure is told apart")] = None
    service_id: Annotated[str | None, Field(max_length=200)] = None
    team: Annotated[str | None, Field(max_length=200)] = None
    severity: Severity | None = None
    priority: Priority | None = None
    category: Category | None = None

    def question(self, caller: Identity, now: datetime, usual_zone: str) -> ReportQuestion:
        """The question, within what the caller may see."""
        wanted = Wanted(self.service_id, self.team, self.severity, self.priority, self.category, caller.teams)
        return ReportQuestion(self.period(now, usual_zone), wanted, to_millis(now), self.group_by)


class OpenedQuery(ReportQuery):
    """Which part of a figure is opened."""

    group: Annotated[
        str | None, Field(max_length=300, description="the `key` of a group of `group_by`; empty: those that have none")
    ] = None
    person: Annotated[str | None, Field(max_length=200, description="of figures of pages: this person's alone")] = None
    pending: Annotated[bool, Field(description="those that have no number yet, instead")] = False
    limit: Annotated[int, Field(ge=1, le=200, description="How many items at most")] = 50
    cursor: Annotated[str | None, Field(max_length=1000, description="`next_cursor` of the page before")] = None
