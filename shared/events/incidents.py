"""What the incident service tells of incidents and of the service catalogue."""

from __future__ import annotations

from datetime import datetime

from shared.events.alerts import Link
from shared.events.envelope import Fact
from shared.vocabulary import Category, IncidentStatus, PageReason, Priority, Severity, Urgency


class Dependency(Fact):
    """An edge of the map: the service needs this one; `hard`: it fails with it, else it gets worse."""

    service_id: str
    hard: bool = True


RESOLVED_GRACE_SECONDS = 3600
"""What `ServiceFact.resolved_grace_seconds` is unless somebody says otherwise."""


class ServiceFact(Fact):
    """A service of the catalogue."""

    id: str
    name: str
    description: str = ""
    tier: int | None = None
    team: str | None = None
    escalation_policy_id: str | None = None
    tags: list[str] = []
    links: list[Link] = []
    slo_target: float | None = None
    slo_window_days: int | None = None
    match_labels: dict[str, str] = {}
    depends_on: list[Dependency] = []
    resolved_grace_seconds: int = RESOLVED_GRACE_SECONDS
    """So long after a person resolved an alert its sender's repeats are quiet."""
    deleted: bool = False


class AlertCounts(Fact):
    """How many alerts an incident has, and how many of them still fire."""

    count: int = 0
    firing: int = 0


class Position(Fact):
    """How far an escalation has come."""

    round: int = 0
    """Counted from 0."""
    step: int = 1
    """Counted from 1."""


MOST_CAUSE_LABELS = 50
"""So many labels, of so many characters each, are told of the alert that people are paged for."""
LONGEST_CAUSE_LABEL = 1000


class PagingAlert(Fact):
    """The alert for which people are paged, as far as triggers of runbooks ask for it."""

    id: str
    title: str
    severity: Severity
    category: Category
    service_id: str | None = None
    labels: dict[str, str] = {}
    """The first `MOST_CAUSE_LABELS` of it."""


class Paging(Fact):
    """Whether people must be paged, as the incident service sees it.

    Each need to page from step 1 is a generation: opening is the first, a new alert on an acknowledged incident or a
    severity that rises to critical is another. Acknowledging answers all generations so far. People are paged while
    the incident is open, not snoozed, and `generation > answered`.
    """

    generation: int = 1
    answered: int = 0
    reason: PageReason = PageReason.ESCALATION
    cause: str = ""
    """What triggered this generation: an event's id."""
    cause_at: datetime | None = None
    """When that reached Tocsin: the beginning of alert-to-page; None where nobody waited for it."""
    alert: PagingAlert | None = None
    """The alert that opened it, or for which people are paged again; None where it was no alert."""
    moved_on_from: Position | None = None
    """Somebody had this generation escalated by hand when it stood here: the step after this one begins at once."""


class RoleHolder(Fact):
    """Somebody who holds a role in an incident now."""

    role: str
    user_id: str
    since: datetime | None = None


class EffectFact(Fact):
    """A service whose alerts joined an incident as an effect, since it needs the incident's service."""

    service_id: str
    path: list[str]
    """Hard edges from this service to the one whose incident it is."""
    at: datetime
    """When its first alert joined."""


class SlaTimes(Fact):
    """A record of an incident's two clocks, from when it was opened, or reopened, on."""

    response_due_at: datetime
    responded_at: datetime | None = None
    resolution_due_at: datetime
    resolved_at: datetime | None = None


class IncidentFact(Fact):
    """The state of an incident."""

    id: str
    title: str
    description: str = ""
    status: IncidentStatus
    severity: Severity
    priority: Priority
    category: Category
    urgency: Urgency
    service_id: str | None = None
    service_name: str | None = None
    team: str | None = None
    escalation_policy_id: str | None = None
    """The policy of its service; None: the default policy decides."""
    group_id: str | None = None
    affected_components: list[str] = []
    impact: str = ""
    alerts: AlertCounts = AlertCounts()
    alert_keys: list[str] = []
    """What its first alerts are known by: a digest of sender and dedup key, the same for each occurrence."""
    last_joined: str | None = None
    """The latest order stamp with which an alert joined: later alerts of its group are another incident's."""
    effects: list[EffectFact] = []
    """The first services whose alerts joined it as effects; those alerts page nobody of their own."""
    paging: Paging = Paging()
    drill_id: str | None = None
    imported: bool = False
    prediction_id: str | None = None
    """The forecast that it was opened for: nothing has failed yet."""
    budget_of: str | None = None
    """The service whose error budget it tells of: what it was opened for is other incidents' downtime."""
    merged_into: str | None = None
    snoozed_until: datetime | None = None
    created_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    reopened_at: datetime | None = None
    """When a person reopened it the last time: from then on it takes its alerts again."""
    assignees: list[str] = []
    """Whose it is: those who took it, else those who were told."""
    roles: list[RoleHolder] = []
    """Who holds which role now."""
    sla: list[SlaTimes] = []
    """Its records, the oldest first; none where it has no clocks: it was imported open, or an older release told it."""
    first_finding_at: datetime | None = None
    """Of a drill: when a person first wrote on its timeline."""
    first_finding_by: str | None = None
    participants: list[str] = []
    """Everybody who takes part, by id: the holders of roles too."""
    status_times: dict[str, datetime] = {}
    """When each status was first entered, as people have it after corrections."""
    actions_taken: list[str] = []
    root_cause: str = ""
    preventive_measures: list[str] = []


class ImportedIncidents(Fact):
    """Incidents of another time or system that were brought in together: of each its first fact, under sequence 1."""

    id: str
    incidents: list[IncidentFact]


class SimilarFact(Fact):
    """What analytics tells: the past incident that an open one is most like, if it is like it enough to be of use."""

    incident_id: str
    """The open incident."""
    similar_id: str
    """The past one, of the same team."""
    title: str
    solution: str
    """What ended the past one, in the words of who ended it."""
    score: float
    """From 0 to 1."""
    same_alert: bool = False
    """An alert of the same key was in both."""
    same_service: bool = False
    words: int = 0
    """How many words of the open one's title the past one has."""
    words_of: int = 0
    """Of how many."""
    found_at: datetime
