"""What HTTP shows of incidents; clients are written against these names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel

from services.incident.catalogue.support_hours import SupportHours
from services.incident.incidents.incident import Incident
from services.incident.service_map.api.views import ReachedView
from services.incident.service_map.blast_radius import BlastRadius
from services.incident.sla.priorities import is_unusual
from services.incident.sla.record import Reading, read_resolution, read_response
from services.incident.suspects.api.views import SuspectView, suspect_view
from services.incident.suspects.ranking import BaseRate, Lineup
from shared.events.command import ClockState
from shared.events.incidents import AlertCounts, EffectFact, Paging, SimilarFact
from shared.stored import Stored
from shared.vocabulary import Category, IncidentStatus, Priority, Severity, Urgency


class ClockView(BaseModel):
    """One SLA clock."""

    due_at: datetime
    state: ClockState


class SlaView(BaseModel):
    """Both SLA clocks; null for an imported incident, which has none."""

    response: ClockView | None
    resolution: ClockView | None
    support_hours: SupportHours | None
    """The hours that the clocks count, as its service had them when it opened; null: all of them."""


class BlastRadiusView(BaseModel):
    """What the incident's services depended on when it opened, and what depended on them, the nearest first.

    Lists of incidents leave out the services and show how many there are.
    """

    upstream: list[ReachedView] = []
    downstream: list[ReachedView] = []
    upstream_count: int = 0
    downstream_count: int = 0
    complete: bool = True
    """False: there were more, farther away."""


class RoleView(BaseModel):
    """Who holds or held a role."""

    role: str
    name: str
    duties: list[str]
    """What the holder is to do."""
    user_id: str
    since: datetime
    ended_at: datetime | None = None


class SimilarView(BaseModel):
    """A past incident that this one is like, and what ended it; `GET /incidents/{id}/similar` has more of them."""

    id: str
    title: str
    solution: str
    score: float
    same_alert: bool
    same_service: bool
    words: int
    """So many words of this one's title the past one has."""
    words_of: int


class IncidentView(Stored):
    """An incident."""

    id: str
    title: str
    description: str
    status: IncidentStatus
    severity: Severity
    priority: Priority
    priority_unusual: bool
    """Outside the range that its category usually has."""
    category: Category
    urgency: Urgency
    service_id: str | None
    service_name: str | None
    team: str | None
    escalation_policy_id: str | None
    drill: bool
    drill_id: str | None
    prediction_id: str | None
    """The prediction that it was opened for: nothing has failed yet."""
    imported: bool
    merged_into: str | None
    merged_from: list[str]
    """The incidents that went into this one."""
    snoozed_until: datetime | None
    assignees: list[str]
    roles: list[RoleView]
    participants: list[str]
    alerts: AlertCounts
    effects: list[EffectFact]
    """The services, the first of them, whose alerts joined it because theirs need its own."""
    affected_components: list[str]
    impact: str
    blast_radius: BlastRadiusView
    suspected_changes: list[SuspectView]
    """The likeliest first; in lists and after a write they are left out."""
    later_changes: list[SuspectView]
    """What was changed since the start, the earliest first."""
    similar: SimilarView | None = None
    """The likest past incident, where one is like it enough; in lists and after a write it is left out."""
    sla: SlaView
    paging: Paging
    status_times: dict[IncidentStatus, datetime]
    """When each status was first entered."""
    created_at: datetime
    started_at: datetime
    """When its first alert began, where that was before and nobody corrected it: what suspects are measured against."""
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    resolved_at: datetime | None
    resolved_by: str | None
    actions_taken: list[str]
    root_cause: str
    preventive_measures: list[str]
    version: int


def incident_view(incident: Incident, now: datetime) -> IncidentView:
    """An incident with its clocks read at `now`."""
    return IncidentView(
        id=incident.id,
        title=incident.title,
        description=incident.description,
        status=incident.status,
        severity=incident.severity,
        priority=incident.priority,
        priority_unusual=is_unusual(incident.priority, incident.category),
        category=incident.category,
        urgency=incident.urgency,
        service_id=incident.service_id,
        service_name=incident.service_name,
        team=incident.team,
        escalation_policy_id=incident.escalation_policy_id,
        drill=incident.drill_id is not None,
        drill_id=incident.drill_id,
        prediction_id=incident.prediction_id,
        imported=incident.imported,
        merged_into=incident.merged_into,
        merged_from=[one.id for one in incident.absorbed],
        snoozed_until=incident.snoozed_until,
        assignees=incident.assignees,
        roles=role_views(incident),
        participants=incident.participants,
        alerts=AlertCounts(count=incident.alerts.count, firing=incident.alerts.firing),
        effects=incident.effects,
        affected_components=incident.affected_components,
        impact=incident.impact,
        blast_radius=_radius(incident),
        suspected_changes=[],
        later_changes=[],
        sla=_sla(incident, now),
        paging=incident.paging,
        status_times=incident.first_entered,
        created_at=incident.created_at,
        started_at=incident.started_at,
        acknowledged_at=incident.acknowledged_at,
        acknowledged_by=incident.acknowledged_by,
        resolved_at=incident.resolved_at,
        resolved_by=incident.resolved_by,
        actions_taken=incident.actions_taken,
        root_cause=incident.root_cause,
        preventive_measures=incident.preventive_measures,
        version=incident.version,
    )


def role_views(incident: Incident) -> list[RoleView]:
    """Who holds or held a role, in the order in which they took it."""
    return [RoleView(**one.model_dump()) for one in incident.roles]


def with_suspects(view: IncidentView, lineup: Lineup, rates: Mapping[str, BaseRate]) -> IncidentView:
    """The view with the changes that may have caused it."""
    return view.changed(
        suspected_changes=[suspect_view(one, rates) for one in lineup.suspects],
        later_changes=[suspect_view(one, rates) for one in lineup.later],
    )


def with_similar(view: IncidentView, fact: SimilarFact | None) -> IncidentView:
    """The view with the past incident that it is like, if there is one."""
    if fact is None:
        return view
    return view.changed(
        similar=SimilarView(
            id=fact.similar_id,
            title=fact.title,
            solution=fact.solution,
            score=fact.score,
            same_alert=fact.same_alert,
            same_service=fact.same_service,
            words=fact.words,
            words_of=fact.words_of,
        )
    )


def _radius(incident: Incident) -> BlastRadiusView:
    size = incident.radius_size
    if size is None:
        return BlastRadiusView()
    radius = incident.blast_radius or BlastRadius()
    return BlastRadiusView(
        upstream=[ReachedView.of(one) for one in radius.upstream.iterate()],
        downstream=[ReachedView.of(one) for one in radius.downstream.iterate()],
        upstream_count=size.upstream,
        downstream_count=size.downstream,
        complete=size.complete,
    )


def _sla(incident: Incident, now: datetime) -> SlaView:
    if incident.imported:
        return SlaView(response=None, resolution=None, support_hours=None)
    return SlaView(
        response=_clock(read_response(incident.sla, incident.priority, now)),
        resolution=_clock(read_resolution(incident.sla, incident.priority, now)),
        support_hours=incident.sla.support_hours,
    )


def _clock(reading: Reading) -> ClockView:
    return ClockView(due_at=reading.due_at, state=reading.state)
