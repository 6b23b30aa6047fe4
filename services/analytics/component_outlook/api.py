"""`GET /predictions/components`: the incidents that each component is expected to have next week."""

from __future__ import annotations

from datetime import UTC, date, timedelta

from fastapi import APIRouter
from pydantic import BaseModel

from services.analytics.component_outlook.expectation import Expectation, Verdict, expect
from services.analytics.component_outlook.weekly_counts import ComponentCounts, count_weeks, week_of
from services.analytics.table.selection import Wanted
from services.analytics.table.table import Table
from services.analytics.table.upkeep import TableUpkeep
from shared.clocks.clock import Now
from shared.clocks.wallclock import find_zone
from shared.vocabulary import Role
from shared.web import Caller

Found = list[tuple[ComponentCounts, Expectation]]


class OutlookDayView(BaseModel):
    """A day of next week."""

    day: date
    expected: float


class ComponentOutlookView(BaseModel):
    """What is expected of a component, and how good that was."""

    service_id: str
    name: str
    expected: float
    """Incidents in the week."""
    interval: list[int]
    """From and to: nine weeks of ten lie between them."""
    days: list[OutlookDayView]
    error: float
    """The mean error of past weeks' forecasts, in incidents a week."""
    naive_error: float
    """That of the mean of the same week days: a forecast that is no better is not shown."""
    within: float
    """The share of past weeks that lay in their interval."""
    graded: int
    """How many past weeks these are."""


class HiddenView(BaseModel):
    """A component of which nothing is shown, and why."""

    service_id: str
    reason: Verdict


class ComponentList(BaseModel):
    """The most first."""

    week: list[date]
    """Its Monday, and the Monday after it."""
    items: list[ComponentOutlookView]
    next_cursor: None = None
    hidden: list[HiddenView]


def routes(table: TableUpkeep, clock: Now, time_zone: str) -> APIRouter:
    """The endpoint; weeks are those of `time_zone`."""
    router = APIRouter(tags=["predictions"])
    zone = find_zone(time_zone) or UTC

    @router.get("/predictions/components")
    async def list_components(caller: Caller) -> ComponentList:
        """How many incidents each component is expected to have next week, with an interval.

        Past forecasts are graded against the mean of the same week days; where they are no better nothing is shown.
        """
        caller.require(Role.VIEWER)
        this_week = week_of(clock.now(), zone)

        def compute(table: Table) -> Found:
            counted = count_weeks(table, Wanted(teams=tuple(caller.teams)), this_week, zone)
            return [(one, expect(one.counts)) for one in counted]

        found = await table.ask(compute)
        begin = this_week + timedelta(days=7)
        shown = [_view(one, said, begin) for one, said in found if said.verdict is Verdict.SHOWN]
        return ComponentList(
            week=[begin, begin + timedelta(days=7)],
            items=sorted(shown, key=lambda one: (-one.expected, one.service_id)),
            hidden=[
                HiddenView(service_id=one.service_id, reason=said.verdict)
                for one, said in found
                if said.verdict is not Verdict.SHOWN
            ],
        )

    return router


def _view(one: ComponentCounts, said: Expectation, begin: date) -> ComponentOutlookView:
    return ComponentOutlookView(
        service_id=one.service_id,
        name=one.name,
        expected=round(said.expected, 2),
        interval=[said.lo, said.hi],
        days=[
            OutlookDayView(day=begin + timedelta(days=place), expected=round(count, 2))
            for place, count in enumerate(said.days)
        ],
        error=round(said.error, 2),
        naive_error=round(said.naive_error, 2),
        within=round(said.within, 4),
        graded=said.graded,
    )
