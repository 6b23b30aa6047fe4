"""What HTTP shows of figures; clients are written against these names. Times are seconds, shares 0 to 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from pydantic import BaseModel

from services.analytics.figures.figure import FigureKind, Value
from services.analytics.figures.incident_text import IncidentText
from services.analytics.figures.opened import OpenedIncident
from services.analytics.figures.report import Dashboard, FigureReport, GroupFigure, ReportQuestion
from services.analytics.periods.views import PeriodView, period_view
from shared.vocabulary import Category, IncidentStatus, Priority, Severity
from shared.web import Page


class ValueView(BaseModel):
    """A figure. `value` is what a chart draws of it; `mean`, `median` and `p90` are those of durations and averages."""

    n: int
    """So many incidents it is made of."""
    pending: int
    """So many have no number yet, and are in none of the others."""
    value: float | None
    mean: float | None
    median: float | None
    p90: float | None


class FigureGroupView(ValueView):
    """A figure of one group."""

    key: str
    """Empty: those that have none."""
    start: datetime | None
    end: datetime | None
    """Of a stretch of time."""
    previous: ValueView


class TitlesView(BaseModel):
    """How people call it."""

    en: str
    ja: str
    fa: str


class ChartView(BaseModel):
    """What a chart of it shows."""

    kind: str
    """`line` over time, `bar` over other groups, `number` without groups."""
    x: str | None
    series: list[str]
    unit: str


class FigureView(ValueView):
    """A figure, the same in the period before, and its groups."""

    titles: TitlesView
    unit: str
    kind: FigureKind
    formula: str
    chart: ChartView
    previous: ValueView
    groups: list[FigureGroupView]
    incidents: str
    """Where its incidents are listed; the same parameters apply."""


class ComponentView(BaseModel):
    """What a component cost."""

    component: str
    service_id: str | None
    incidents: int
    share: float
    """Its incidents of all."""
    failures: int
    downtime_seconds: float
    downtime_share: float
    """Its downtime of the period."""
    mtbf_seconds: float | None
    """(Period - downtime) / failures; null without a failure."""


class InterruptionsView(BaseModel):
    """How often a person was paged for these incidents."""

    person: str
    pages: int
    at_night: int
    at_weekends: int
    incidents: int


class DashboardView(BaseModel):
    """The dashboard."""

    period: PeriodView
    previous: PeriodView
    group_by: str | None
    figures: dict[str, FigureView]
    components: list[ComponentView]
    """The one that was down longest first."""
    people: list[InterruptionsView]
    """The one who was paged most first."""
    groups_left_out: int
    complete: bool
    """False while the process that answered reads what there is: there may be more."""


class ClockView(BaseModel):
    """A clock of incidents."""

    n: int
    met: int
    breached: int
    pending: int
    share: float | None
    """Met of n."""
    previous_n: int
    previous_share: float | None


class SlaGroupView(BaseModel):
    """Both clocks of a group."""

    key: str
    start: datetime | None
    end: datetime | None
    response: ClockView
    resolution: ClockView


class SlaView(BaseModel):
    """How often the promises were kept."""

    period: PeriodView
    previous: PeriodView
    group_by: str
    response: ClockView
    resolution: ClockView
    groups: list[SlaGroupView]
    complete: bool


class OpenedView(BaseModel):
    """An incident that a figure is made of."""

    id: str
    title: str
    status: IncidentStatus | None
    severity: Severity | None
    priority: Priority | None
    category: Category | None
    service_id: str | None
    team: str | None
    created_at: datetime
    value: float | None
    """In the figure's unit: seconds of a duration, 1 or 0 of a share, else a number; null of a pending one."""
    of: int | None
    """What `value` is of, where that is not one incident: its action items."""


class OpenedPage(Page[OpenedView]):
    """The newest first; `n` is that of the figure."""

    n: int
    figure: str
    unit: str
    complete: bool


def dashboard_view(dashboard: Dashboard, *, is_complete: bool) -> DashboardView:
    """A dashboard."""
    question = dashboard.question
    return DashboardView(
        period=period_view(question.period),
        previous=period_view(dashboard.before),
        group_by=question.group_by.value if question.group_by is not None else None,
        figures={one.figure.name: _figure_view(one, question) for one in dashboard.figures},
        components=[ComponentView(**asdict(one)) for one in dashboard.components],
        people=[InterruptionsView(**asdict(one)) for one in dashboard.people],
        groups_left_out=dashboard.left_out,
        complete=is_complete,
    )


def sla_view(dashboard: Dashboard, *, is_complete: bool) -> SlaView:
    """The two figures of a dashboard that are about the clocks."""
    response, resolution = dashboard.figures
    question = dashboard.question
    return SlaView(
        period=period_view(question.period),
        previous=period_view(dashboard.before),
        group_by=question.group_by.value if question.group_by is not None else "",
        response=_clock_view(response.value, response.previous),
        resolution=_clock_view(resolution.value, resolution.previous),
        groups=[
            SlaGroupView(
                key=one.key.name,
                start=one.key.start,
                end=one.key.end,
                response=_clock_view(one.value, one.previous),
                resolution=_clock_view(other.value, other.previous),
            )
            for one, other in zip(response.groups, resolution.groups, strict=True)
        ],
        complete=is_complete,
    )


def opened_views(items: Sequence[OpenedIncident], texts: Mapping[str, IncidentText]) -> list[OpenedView]:
    """Incidents of a figure, with what is known of them beside."""
    shown = []
    for one in items:
        text = texts.get(one.id)
        known = text.model_dump() if text is not None else dict.fromkeys(IncidentText.model_fields) | {"title": ""}
        shown.append(OpenedView(**known, id=one.id, created_at=one.created_at, value=one.value, of=one.of))
    return shown


def _figure_view(report: FigureReport, question: ReportQuestion) -> FigureView:
    figure, by = report.figure, question.group_by
    spread = figure.kind in (FigureKind.DURATION, FigureKind.AVERAGE)
    chart = ChartView(
        kind="number" if by is None else "line" if by.is_time else "bar",
        x=by.value if by is not None else None,
        series=["mean", "median", "p90", "n"] if spread else ["value", "n"],
        unit=figure.unit,
    )
    return FigureView(
        **asdict(report.value),
        titles=TitlesView(en=figure.titles[0], ja=figure.titles[1], fa=figure.titles[2]),
        unit=figure.unit,
        kind=figure.kind,
        formula=figure.formula,
        chart=chart,
        previous=_value_view(report.previous),
        groups=[_group_view(one) for one in report.groups],
        incidents=f"/reports/figures/{figure.name}/incidents",
    )


def _group_view(group: GroupFigure) -> FigureGroupView:
    return FigureGroupView(
        **asdict(group.value),
        key=group.key.name,
        start=group.key.start,
        end=group.key.end,
        previous=_value_view(group.previous),
    )


def _value_view(value: Value) -> ValueView:
    return ValueView(**asdict(value))


def _clock_view(value: Value, previous: Value) -> ClockView:
    met = round(value.n * value.value) if value.value is not None else 0
    return ClockView(
        n=value.n,
        met=met,
        breached=value.n - met,
        pending=value.pending,
        share=value.value,
        previous_n=previous.n,
        previous_share=previous.value,
    )
