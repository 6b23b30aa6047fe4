"""What HTTP shows of reliability; clients are written against these names.

Seconds have up to three digits, shares are 0 to 1. Shares of a budget go below 0 where more was spent than there was.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from fractions import Fraction

from pydantic import BaseModel

from services.analytics.periods.period import Calendar, Period, name_day
from services.analytics.reliability.budget import Budget
from services.analytics.reliability.downtime import Spender
from services.analytics.reliability.reader import MOST_SPENDERS, Report
from services.analytics.reliability.report import DayDown, ServiceReliability, Stretch
from services.analytics.reliability.store import IncidentName
from shared.clocks.epoch import from_millis
from shared.events.analytics.budgets import BudgetState


class BudgetView(BaseModel):
    """An error budget: (1 - target) x window, and what of it is left; below nothing when too much was spent."""

    total_seconds: float
    spent_seconds: float
    left_seconds: float
    left_share: float


class SloView(BaseModel):
    """What was promised, and how it stands."""

    target: float
    window_days: int
    met: bool | None
    """Whether the uptime of the period reaches the target; null before the period has begun."""
    window: BudgetView
    """The budget over the target's own window, to the end of the period or to now."""
    state: BudgetState
    """How that stands: at_risk from 20 % left, exhausted at nothing."""


class SpenderView(BaseModel):
    """What spent the budget; what two incidents share stands with both."""

    incident_id: str | None
    """Null: downtime that only a status page told of, or an incident of another team."""
    title: str | None
    started_at: datetime
    ended_at: datetime | None
    """Null while it is open."""
    seconds: float


class DayView(BaseModel):
    """A day with downtime; days without are left out."""

    date: date
    name: str
    """The day in the report's calendar: `1405-04-01`."""
    uptime: float
    downtime_seconds: float


class PreviousView(BaseModel):
    """The period before, of the same kind or length."""

    uptime: float | None
    downtime_seconds: float


class ServiceReliabilityView(BaseModel):
    """One service."""

    service_id: str
    name: str
    team: str | None
    uptime: float | None
    """1 - downtime / period; null before the period has begun."""
    downtime_seconds: float
    failures: int
    slo: SloView | None
    budget: BudgetView | None
    """Of the target over the period."""
    burn_rate: float | None
    """How many times faster than allowed the budget was spent; 1 spends exactly all of it."""
    spent_by: list[SpenderView]
    """Longest first, at most 20."""
    spent_by_others: int
    days: list[DayView]
    previous: PreviousView


class ReliabilityView(BaseModel):
    """How reliable services were in [start, end)."""

    start: datetime
    end: datetime
    counted_until: datetime
    """`end`, or now where that is earlier: figures are of [start, counted_until)."""
    zone: str
    calendar: Calendar
    met: int
    missed: int
    """Of the services with a target."""
    services: list[ServiceReliabilityView]


def reliability_view(
    report: Report, period: Period, stretch: Stretch, calendar: Calendar, teams: Collection[str]
) -> ReliabilityView:
    """What is answered to a key that is limited to these teams, if to any."""
    return ReliabilityView(
        start=period.start,
        end=period.end,
        counted_until=from_millis(stretch.end),
        zone=period.zone.key,
        calendar=calendar,
        met=sum(one.met is True for one in report.services),
        missed=sum(one.met is False for one in report.services),
        services=[_service_view(one, report, calendar, teams) for one in report.services],
    )


def _service_view(
    one: ServiceReliability, report: Report, calendar: Calendar, teams: Collection[str]
) -> ServiceReliabilityView:
    return ServiceReliabilityView(
        service_id=one.service.id,
        name=one.service.name,
        team=one.service.team,
        uptime=_share(one.uptime),
        downtime_seconds=one.downtime_ms / 1000,
        failures=one.failures,
        slo=_slo_view(one),
        budget=_budget_view(one.budget) if one.budget is not None else None,
        burn_rate=_share(one.burn),
        spent_by=[_spender_view(each, report, teams) for each in one.spenders[:MOST_SPENDERS]],
        spent_by_others=max(0, len(one.spenders) - MOST_SPENDERS),
        days=[_day_view(each, calendar) for each in one.days],
        previous=PreviousView(uptime=_share(one.previous_uptime), downtime_seconds=one.previous_downtime_ms / 1000),
    )


def _slo_view(one: ServiceReliability) -> SloView | None:
    if one.service.target is None or one.rolling is None or one.state is None:
        return None
    return SloView(
        target=one.service.target,
        window_days=one.service.window_days,
        met=one.met,
        window=_budget_view(one.rolling),
        state=one.state,
    )


def _budget_view(budget: Budget) -> BudgetView:
    return BudgetView(
        total_seconds=budget.total_ms / 1000,
        spent_seconds=budget.spent_ms / 1000,
        left_seconds=budget.left_ms / 1000,
        left_share=float(budget.left_share),
    )


def _spender_view(one: Spender, report: Report, teams: Collection[str]) -> SpenderView:
    name: IncidentName | None = report.names.get(one.incident_id) if one.incident_id is not None else None
    if name is not None and teams and name.team not in teams:
        name = None
    return SpenderView(
        incident_id=one.incident_id if name is not None else None,
        title=name.title if name is not None else None,
        started_at=from_millis(one.start),
        ended_at=from_millis(one.end) if not one.is_open else None,
        seconds=one.spent_ms / 1000,
    )


def _day_view(one: DayDown, calendar: Calendar) -> DayView:
    return DayView(
        date=one.date,
        name=name_day(one.date, calendar),
        uptime=float(one.share),
        downtime_seconds=one.downtime_ms / 1000,
    )


def _share(value: Fraction | None) -> float | None:
    return float(value) if value is not None else None
