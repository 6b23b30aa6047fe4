"""What the reports may be asked: a period, and what of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.analytics.figures.grouping import FigureGroupBy
from services.analytics.figures.report import ReportQuestion
from services.analytics.periods.query import PeriodQuery
from services.analytics.table.selection import Wanted
from shared.callers.identity import Identity
from shared.clocks.epoch import to_millis
from shared.vocabulary import Category, Priority, Severity


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
