"""What HTTP shows of trends and clusters; clients are written against these names. Shares are 0 to 1."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from pydantic import BaseModel

from services.analytics.clusters.clustered_incident import ClusteredIncident
from services.analytics.clusters.trends import ClusterTrend, Recurrence, Told, Trend, Trends
from services.analytics.runbooks.usage import RunbookUse
from shared.events.actions import ActionFact, ActionState


class ExampleView(BaseModel):
    """An incident of a cluster."""

    id: str
    title: str
    service_id: str | None
    created_at: datetime


class ToldView(BaseModel):
    """A text, and of how many incidents."""

    text: str
    count: int


class GroupView(BaseModel):
    """A part of a cluster, by what was asked for in `group_by`; `key` is null where the incidents have none."""

    key: str | None
    count: int


class ClusterActionView(BaseModel):
    """An action item that is to end what the cluster is."""

    id: str
    title: str
    state: ActionState
    due_on: date | None
    assignee_id: str | None
    incident_id: str


class RunbookUseView(BaseModel):
    """A runbook that ended incidents of it: it was run for an incident, succeeded, and the incident was resolved."""

    id: str
    name: str
    ended: int
    """So many incidents it ended."""
    ran_for: int
    """Of so many that it was run for; neither dry runs nor drills count."""


class RecurrenceView(BaseModel):
    """It came again after this action was closed."""

    action_id: str
    closed_at: datetime
    incidents: list[str]


class ClusterView(BaseModel):
    """One cluster in the period."""

    id: str
    name: str
    count: int
    share: float
    trend: Trend
    previous_count: int
    previous_share: float
    examples: list[ExampleView]
    causes: list[ToldView]
    fixes: list[ToldView]
    preventions: list[ToldView]
    runbooks: list[RunbookUseView] = []
    """What ended its incidents, the one that ended most of them first."""
    actions: list[ClusterActionView]
    recurred_after_action: list[RecurrenceView]
    groups: list[GroupView] | None = None
    members: list[str] | None = None


class TrendsView(BaseModel):
    """A period's clusters, the largest first."""

    start: datetime
    end: datetime
    zone: str
    total: int
    previous_total: int
    unclustered: int
    clusters: list[ClusterView]
    summary: str


def trends_view(trends: Trends, *, members: bool, grouped: bool) -> TrendsView:
    """What is answered; with `members` the ids of each cluster's incidents in the period."""
    return TrendsView(
        start=trends.period.start,
        end=trends.period.end,
        zone=trends.period.zone.key,
        total=trends.total,
        previous_total=trends.previous_total,
        unclustered=trends.unclustered,
        clusters=[_cluster_view(one, members=members, grouped=grouped) for one in trends.clusters],
        summary=_summary(trends),
    )


def _summary(trends: Trends) -> str:
    """The largest cluster in a sentence: `20 % of 50 incidents: database connection error`."""
    if not trends.clusters:
        return f"{trends.total} incidents, none of them alike"
    first = trends.clusters[0]
    return f"{round(100 * first.share)} % of {trends.total} incidents: {first.name}"


def _cluster_view(one: ClusterTrend, *, members: bool, grouped: bool) -> ClusterView:
    return ClusterView(
        id=one.id,
        name=one.name,
        count=one.count,
        share=one.share,
        trend=one.trend,
        previous_count=one.previous_count,
        previous_share=one.previous_share,
        examples=[_example(example) for example in one.examples],
        causes=told_views(one.causes),
        fixes=told_views(one.fixes),
        preventions=told_views(one.preventions),
        runbooks=runbook_views(one.runbooks),
        actions=[action_view(action) for action in one.actions],
        recurred_after_action=[_recurrence(recurrence) for recurrence in one.recurrences],
        groups=[GroupView(key=part.text or None, count=part.count) for part in one.groups] if grouped else None,
        members=[incident.id for incident in one.members] if members else None,
    )


def _example(incident: ClusteredIncident) -> ExampleView:
    return ExampleView(
        id=incident.id, title=incident.title, service_id=incident.service_id, created_at=incident.created_at
    )


def told_views(texts: Iterable[Told]) -> list[ToldView]:
    """What is shown of causes, fixes and the like."""
    return [ToldView(text=one.text, count=one.count) for one in texts]


def runbook_views(runbooks: Iterable[RunbookUse]) -> list[RunbookUseView]:
    """What is shown of runbooks that ended incidents."""
    return [RunbookUseView(id=one.id, name=one.name, ended=one.ended, ran_for=one.ran_for) for one in runbooks]


def action_view(action: ActionFact) -> ClusterActionView:
    """What is shown of an action item."""
    return ClusterActionView(
        id=action.id,
        title=action.title,
        state=action.state,
        due_on=action.due_on,
        assignee_id=action.assignee_id,
        incident_id=action.incident_id,
    )


def _recurrence(recurrence: Recurrence) -> RecurrenceView:
    return RecurrenceView(
        action_id=recurrence.action_id, closed_at=recurrence.closed_at, incidents=list(recurrence.incidents)
    )
