"""An incident: its state as it is stored, and the same state as others are told it.

Lists that grow (its timeline, its alerts) are documents of their own; here stand only their counts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from services.incident.catalogue.rating_defaults import UrgencyRule, urgency_for
from services.incident.catalogue.search_words import words_of
from services.incident.incidents.role_assignment import Assignment
from services.incident.incidents.suspect_mark import SuspectVerdict
from services.incident.numbering.incident_ids import day_of, rank_of
from services.incident.service_map.blast_radius import BlastRadius, RadiusSize
from services.incident.sla.priorities import is_unusual
from services.incident.sla.record import SlaRecord, list_times, next_turn
from shared.events import Fact
from shared.events.incidents import AlertCounts, EffectFact, IncidentFact, Paging, Position, RoleHolder
from shared.stored import Stored
from shared.vocabulary import Category, IncidentStatus, Priority, Severity, Urgency

AUTO = "auto"
"""Who resolved an incident that resolved itself."""

MAX_TITLE = 500
MAX_TEXT = 10_000


class Alerts(Fact):
    """How many alerts an incident has, how many of them fire, how many are not resolved, and how many are effects.

    `last` is the latest order stamp with which one joined.
    """

    count: int = 0
    firing: int = 0
    open: int = 0
    effects: int = 0
    last: str | None = None


class Reopening(Fact):
    """When an incident was reopened the last time, and how many alerts it had then."""

    at: datetime
    alerts: int


class Absorbed(Fact):
    """An incident that went into this one with `count` alerts: their numbers go on here from `offset`."""

    id: str
    offset: int
    count: int


class Incident(Stored):
    """The state of an incident. `version` is that of the stored document, 0 for one that is not stored yet."""

    id: str
    version: int = 0
    title: str
    description: str = ""
    status: IncidentStatus = IncidentStatus.TRIGGERED
    severity: Severity
    severity_set: bool = False
    """A person chose the severity: alerts do not change it any more."""
    priority: Priority
    priority_set: bool = False
    """A person chose the priority: it does not follow the severity."""
    category: Category
    urgency_rule: UrgencyRule = UrgencyRule.BY_PRIORITY
    service_id: str | None = None
    service_name: str | None = None
    team: str | None = None
    escalation_policy_id: str | None = None
    auto_resolve_after_seconds: int = 0
    change_window_seconds: int = 3600
    suspect_marks: list[SuspectVerdict] = []
    """What people found out about changes, in the order they said it."""
    affected_components: list[str] = []
    impact: str = ""
    radius_size: RadiusSize | None = None
    """None: nothing depended on it, and it on nothing, when it opened."""
    blast_radius: BlastRadius | None = Field(None, exclude=True)
    """Kept beside the incident: it is here when the incident was read alone, or begins."""
    group_id: str | None = None
    group_place: int = 0
    """How many incidents its group had before: of two that are opened at once in the same place one is refused."""
    alerts: Alerts = Alerts()
    alert_keys: list[str] = []
    """What the first alerts that joined other than as effects are known by, in other incidents too."""
    effects: list[EffectFact] = []
    """The services whose alerts joined it as effects, the first of them."""
    paging: Paging = Paging()
    told: list[str] = []
    """Ids of the people whom the escalation's present step told."""
    stands_at: Position = Position()
    """How far the escalation had come, as far as it was told."""
    stands_in: int = 0
    """The generation of pages in which it had come so far."""
    taken_by: list[str] = []
    """Ids of the people who acknowledged since people were last paged."""
    roles: list[Assignment] = []
    """Who holds or held a role, in the order in which they took it."""
    participants: list[str] = []
    """Ids of the people who take part."""
    escalation_sequence: int = 0
    """The newest state of the escalation that was folded in."""
    drill_id: str | None = None
    first_finding_at: datetime | None = None
    """Of a drill: when a person first wrote on its timeline."""
    first_finding_by: str | None = None
    imported: bool = False
    prediction_id: str | None = None
    """The forecast that it was opened for: nothing has failed yet."""
    budget_of: str | None = None
    """The service whose error budget it tells of: what it was opened for is other incidents' downtime."""
    merged_into: str | None = None
    absorbed: list[Absorbed] = []
    """The incidents that went into this one, also through others."""
    snoozed_until: datetime | None = None
    created_at: datetime
    began_at: datetime | None = None
    """When the first of its alerts began, by its sender's clock; None where there is none, or a person knew better."""
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    first_entered: dict[IncidentStatus, datetime] = {}
    sla: SlaRecord
    reopened: Reopening | None = None
    """None: never."""
    past_sla: list[SlaRecord] = []
    """The records that reopening ended, oldest first."""
    actions_taken: list[str] = []
    root_cause: str = ""
    preventive_measures: list[str] = []
    resolve_due_at: datetime | None = None
    """When it resolves itself, unless an alert fires again before."""

    @property
    def urgency(self) -> Urgency:
        """How loudly people are told of it."""
        return urgency_for(self.priority, self.urgency_rule)

    @property
    def assignees(self) -> list[str]:
        """Whose it is: those who took it, else those who were told."""
        return self.taken_by or self.told

    @property
    def started_at(self) -> datetime:
        """When the trouble began: before it was made, where its alerts say so."""
        return min(self.began_at or self.created_at, self.created_at)

    @property
    def due_at(self) -> datetime | None:
        """When time next changes it: it resolves itself, its snooze is over, or one of its clocks turns."""
        turns = None if self.imported or self.merged_into else next_turn(self.sla, self.priority)
        return min((at for at in (self.resolve_due_at, self.snoozed_until, turns) if at is not None), default=None)

    @property
    def has_clocks(self) -> bool:
        """False for what was imported and is still open."""
        return not self.imported or self.resolved_at is not None

    @property
    def unanswered(self) -> bool:
        """People are being paged, or are about to be."""
        return self.paging.generation > self.paging.answered

    def fact(self) -> IncidentFact:
        """The incident as events tell it."""
        return IncidentFact(
            id=self.id,
            title=self.title,
            description=self.description,
            status=self.status,
            severity=self.severity,
            priority=self.priority,
            category=self.category,
            urgency=self.urgency,
            service_id=self.service_id,
            service_name=self.service_name,
            team=self.team,
            escalation_policy_id=self.escalation_policy_id,
            group_id=self.group_id,
            affected_components=self.affected_components,
            impact=self.impact,
            alerts=AlertCounts(count=self.alerts.count, firing=self.alerts.firing),
            alert_keys=self.alert_keys,
            last_joined=self.alerts.last,
            effects=self.effects,
            paging=self.paging,
            drill_id=self.drill_id,
            imported=self.imported,
            prediction_id=self.prediction_id,
            budget_of=self.budget_of,
            merged_into=self.merged_into,
            snoozed_until=self.snoozed_until,
            created_at=self.created_at,
            acknowledged_at=self.acknowledged_at,
            acknowledged_by=self.acknowledged_by,
            resolved_at=self.resolved_at,
            resolved_by=self.resolved_by,
            reopened_at=self.reopened.at if self.reopened is not None else None,
            assignees=self.assignees,
            roles=[
                RoleHolder(role=one.role, user_id=one.user_id, since=one.since)
                for one in self.roles
                if one.ended_at is None
            ],
            sla=list_times([*self.past_sla, self.sla], self.priority) if self.has_clocks else [],
            first_finding_at=self.first_finding_at,
            first_finding_by=self.first_finding_by,
            participants=self.participants,
            status_times={status.value: at for status, at in self.first_entered.items()},
            actions_taken=self.actions_taken,
            root_cause=self.root_cause,
            preventive_measures=self.preventive_measures,
        )


def search_fields(incident: Incident) -> dict[str, Any]:
    """The members of its document that exist to be found by; few, since every write rewrites their index entries.

    `open_rank` is there while it is open. `group_slot` keeps two incidents from being opened for a group at once, and
    never changes: `secantusd-rs` does not free a value that a document had under a unique index. `due_at` is there
    while a timer runs. `recreated_at` is there
    when its creation was moved to another day than its id's.
    """
    found: dict[str, Any] = {}
    if incident.status.is_open:
        found["open_rank"] = rank_of(incident.id)
    if incident.group_id is not None:
        found["group_slot"] = incident.group_place
    if day_of(incident.created_at) not in incident.id:
        found["recreated_at"] = incident.created_at
    if incident.due_at is not None:
        found["due_at"] = incident.due_at
    return found


def facets_of(incident: Incident) -> list[str]:
    """What filtered lists find it by, in a side document; the status is not among them, it changes too often."""
    facets = [
        f"severity:{incident.severity}",
        f"priority:{incident.priority}",
        f"category:{incident.category}",
    ]
    if incident.drill_id is not None:
        facets.append("drill:yes")
    if is_unusual(incident.priority, incident.category):
        facets.append("unusual:yes")
    if incident.service_id is not None:
        facets.append(f"service:{incident.service_id}")
    return facets + [f"word:{word}" for word in words_of(incident.title)]
