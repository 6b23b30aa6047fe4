"""What stands in a review of each kind. Pure.

Figures are those of the dashboard for the review's time, beside those of the time before; what is open or overdue is
so at the moment at which the review is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.analytics.clusters.clustered_incident import ClusteredIncident
from services.analytics.clusters.trends import ClusterTrend
from services.analytics.figures.figure import FigureKind, Value
from services.analytics.figures.report import Dashboard
from services.analytics.reviews.review import Published, ReviewFigure, ReviewItem, ReviewSection, shortened
from services.analytics.reviews.schedule import ReviewKind
from shared.events.actions import ActionFact
from shared.events.analytics.reviews import ReviewChart
from shared.vocabulary import Severity

_WORST = tuple(Severity)
_INCIDENTS = ("incidents", "failures", "time_to_acknowledge", "time_to_resolve")
_PROMISES = ("response_in_time", "resolution_in_time")
_NOISE = ("alerts_per_incident", "pages", "pages_at_night", "pages_at_weekends", "resolved_by_itself")
_PROCESS = ("time_to_page", "time_to_acknowledge", "time_to_resolve", *_PROMISES, "actions_in_time", "recurrence_rate")


@dataclass(frozen=True, slots=True)
class Findings:
    """What a review is made of: all of it as of one moment, none of it of drills."""

    dashboard: Dashboard
    """By days, or for a quarter by weeks."""
    incidents: Sequence[ClusteredIncident]
    at_risk: Mapping[str, datetime]
    """When open incidents are, or were, to be resolved: those whose time is over within a day."""
    actions: Iterable[ActionFact]
    trends: Sequence[ClusterTrend]
    published: Sequence[Published]
    now: datetime


def write_sections(kind: ReviewKind, found: Findings) -> list[ReviewSection]:
    """The parts of a review, in order."""
    figures = _Figures(found.dashboard)
    sections = [ReviewSection(name="incidents", figures=figures.named(_INCIDENTS))]
    if kind is ReviewKind.WEEKLY:
        return [*sections, _open(found), _at_risk(found, figures), _overdue(found, figures)]
    if kind is ReviewKind.MONTHLY:
        noise = ReviewSection(name="noise", figures=figures.named(_NOISE))
        return [*sections, _patterns(found, figures), _knowledge(found), noise]
    process = ReviewSection(name="process", figures=figures.named(_PROCESS))
    return [
        *sections,
        process,
        _components(found.dashboard),
        _load(found.dashboard, figures),
        _patterns(found, figures),
    ]


def write_chart(dashboard: Dashboard) -> ReviewChart:
    """The incidents of each day, or week, beside those of the time before."""
    incidents = next(one for one in dashboard.figures if one.figure.name == "incidents")
    zone = dashboard.question.period.zone
    return ReviewChart(
        labels=[one.key.start.astimezone(zone).date() for one in incidents.groups if one.key.start is not None],
        values=[int(one.value.value or 0) for one in incidents.groups],
        previous=[int(one.previous.value or 0) for one in incidents.groups],
    )


class _Figures:
    def __init__(self, dashboard: Dashboard) -> None:
        self._reports = {one.figure.name: one for one in dashboard.figures}

    def named(self, names: Iterable[str]) -> list[ReviewFigure]:
        return [self._figure(name) for name in names]

    def _figure(self, name: str) -> ReviewFigure:
        report = self._reports[name]
        value, previous = (_told(report.figure.kind, one) for one in (report.value, report.previous))
        return ReviewFigure(name=name, value=value, previous=previous, n=report.value.n)


def _told(kind: FigureKind, value: Value) -> float | None:
    return value.median if kind is FigureKind.DURATION else value.value


def _open(found: Findings) -> ReviewSection:
    still = [one for one in found.incidents if one.counts and one.resolved_at is None]
    worst_first = sorted(still, key=lambda one: (_WORST.index(one.severity), one.created_at, one.id))
    return shortened("open", [_incident(one, one.created_at) for one in worst_first])


def _at_risk(found: Findings, figures: _Figures) -> ReviewSection:
    known = [one for one in found.incidents if one.id in found.at_risk and one.counts and one.resolved_at is None]
    soonest = sorted(known, key=lambda one: (found.at_risk[one.id], one.id))
    return shortened("at_risk", [_incident(one, found.at_risk[one.id]) for one in soonest], figures.named(_PROMISES))


def _overdue(found: Findings, figures: _Figures) -> ReviewSection:
    today = found.now.astimezone(found.dashboard.question.period.zone).date()
    late = [
        (one.due_on, one)
        for one in found.actions
        if one.state.is_open and not one.deleted and not one.drill and one.due_on is not None and one.due_on < today
    ]
    items = [
        ReviewItem(id=one.id, title=one.title, path=f"/actions/{one.id}", on=due_on)
        for due_on, one in sorted(late, key=lambda pair: (pair[0], pair[1].id))
    ]
    return shortened("overdue", items, figures.named(["actions_in_time"]))


def _patterns(found: Findings, figures: _Figures) -> ReviewSection:
    items = [
        ReviewItem(
            id=one.id,
            title=one.name,
            path=f"/knowledge-base/search?kind=pattern&q={one.id}",
            count=one.count,
            share=one.share,
        )
        for one in found.trends
    ]
    return shortened("patterns", items, figures.named(["recurrence_rate"]))


def _knowledge(found: Findings) -> ReviewSection:
    newest = sorted(found.published, key=lambda one: (one.published_at, one.id), reverse=True)
    return shortened(
        "knowledge",
        [ReviewItem(id=one.id, title=one.title, path=f"/postmortems/{one.id}", at=one.published_at) for one in newest],
    )


def _components(dashboard: Dashboard) -> ReviewSection:
    worst = [one for one in dashboard.components if one.failures]
    return shortened(
        "components",
        [
            ReviewItem(
                id=one.component,
                title=one.component,
                path=f"/services/{one.service_id}" if one.service_id is not None else "/services",
                count=one.incidents,
                share=one.downtime_share,
            )
            for one in worst
        ],
    )


def _load(dashboard: Dashboard, figures: _Figures) -> ReviewSection:
    everybody = sum(one.pages for one in dashboard.people)
    items = [
        ReviewItem(
            id=one.person, title=one.person, path=f"/users/{one.person}", count=one.pages, share=one.pages / everybody
        )
        for one in dashboard.people
    ]
    return shortened("load", items, figures.named(["pages", "pages_at_night", "pages_at_weekends"]))


def _incident(incident: ClusteredIncident, at: datetime) -> ReviewItem:
    return ReviewItem(id=incident.id, title=incident.title, path=f"/incidents/{incident.id}", at=at)
