"""What a row of history becomes here: an incident that is marked as imported, its timeline, post-mortem and actions.

Who and what the row names stays as it is named. A service that is known gives its name and its team to a row that says
neither. Nobody is ever paged for it: no generation of pages was begun, no clock runs, no timer is set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.incident.action_items.action import ActionItem, Ticket
from services.incident.catalogue.rating_defaults import UrgencyRule, priority_for, severity_for, urgency_for
from services.incident.catalogue.service_definition import EdgeKind, Service
from services.incident.history.judgement import status_of
from services.incident.history.row import ActionRow, HistoryRow, PostmortemRecord, ReachedRow
from services.incident.incidents.incident import Absorbed, Alerts, Incident, Reopening
from services.incident.incidents.role_assignment import Assignment
from services.incident.incidents.suspect_mark import SuspectVerdict
from services.incident.postmortems.comment import Comment
from services.incident.postmortems.postmortem import Postmortem, postmortem_id
from services.incident.service_map.blast_radius import BlastRadius
from services.incident.service_map.reach import Reach
from services.incident.sla.record import SlaRecord
from services.incident.timeline.entry import Entry
from shared.events.incidents import EffectFact, Paging
from shared.vocabulary import IncidentStatus, Priority

FEW_ENTRIES = 20
FEW_CHARACTERS = 4_000
UNNAMED_DRILL = "imported"
"""The drill of an incident that was one, and does not say which."""


@dataclass(frozen=True, slots=True)
class Made:
    """All that is written of one row."""

    place: int
    incident: Incident
    entries: Sequence[Entry]
    postmortem: Postmortem | None
    comments: Sequence[Comment]
    actions: Sequence[ActionItem]

    @property
    def is_short(self) -> bool:
        """Its timeline is so short that it is kept in the incident's document, which lists read."""
        return len(self.entries) <= FEW_ENTRIES and sum(len(one.text) for one in self.entries) <= FEW_CHARACTERS


def make(place: int, row: HistoryRow, id: str, service: Service | None) -> Made:
    """What the row becomes under this id; `service` is the one it names, if that is known."""
    incident = _make_incident(row, id, service)
    return Made(
        place,
        incident,
        _make_entries(row, id),
        _make_postmortem(row.postmortem, incident) if row.postmortem is not None else None,
        _make_comments(row.postmortem, incident) if row.postmortem is not None else (),
        [_make_action(number, one, incident) for number, one in enumerate(row.actions)],
    )


def team_of(row: HistoryRow, service: Service | None) -> str | None:
    """Whose incident the row is: the team that it says, else its service's."""
    return row.team if "team" in row.model_fields_set or service is None else service.team


def _make_incident(row: HistoryRow, id: str, service: Service | None) -> Incident:
    priority = row.priority or priority_for(row.severity, row.category)
    named = "service_name" in row.model_fields_set or service is None
    radius = _make_radius(row)
    return Incident(
        id=id,
        **{name: getattr(row, name) for name in _AS_THEY_ARE},
        status=status_of(row),
        severity=row.severity or severity_for(row.priority, row.category),
        severity_set=row.severity is not None,
        priority=priority,
        priority_set=row.priority is not None,
        urgency_rule=_urgency_rule(row, priority),
        service_name=row.service_name if named or service is None else service.name,
        team=team_of(row, service),
        radius_size=radius.size() if radius is not None else None,
        blast_radius=radius,
        suspect_marks=[SuspectVerdict(**one.model_dump()) for one in row.suspect_verdicts],
        alerts=Alerts(count=row.alerts.count, firing=row.alerts.firing),
        effects=[EffectFact(**one.model_dump()) for one in row.effects],
        paging=Paging(generation=0),
        taken_by=row.assignees,
        roles=[
            Assignment(**one.model_dump(exclude={"since", "name"}), since=one.since or row.created_at, name=one.name)
            for one in row.roles
        ],
        drill_id=row.drill_id or (UNNAMED_DRILL if row.drill else None),
        imported=True,
        absorbed=[Absorbed(id=one, offset=0, count=0) for one in row.merged_from],
        began_at=row.started_at,
        first_entered=_first_entered(row),
        sla=SlaRecord(started_at=row.created_at, responded_at=row.acknowledged_at, resolved_at=row.resolved_at),
        reopened=Reopening(at=row.reopened_at, alerts=row.alerts.count) if row.reopened_at is not None else None,
    )


_AS_THEY_ARE = (
    "title", "description", "category", "service_id", "escalation_policy_id", "merged_into", "affected_components",
    "impact", "participants", "created_at", "acknowledged_at", "acknowledged_by", "resolved_at", "resolved_by",
    "actions_taken", "root_cause", "preventive_measures",
)  # fmt: skip


def _urgency_rule(row: HistoryRow, priority: Priority) -> UrgencyRule:
    if row.urgency is None or row.urgency is urgency_for(priority, UrgencyRule.BY_PRIORITY):
        return UrgencyRule.BY_PRIORITY
    return UrgencyRule(row.urgency.value)


def _first_entered(row: HistoryRow) -> dict[IncidentStatus, datetime]:
    if "status_times" in row.model_fields_set:
        return dict(row.status_times)
    known = {
        IncidentStatus.TRIGGERED: row.created_at,
        IncidentStatus.ACKNOWLEDGED: row.acknowledged_at,
        IncidentStatus.RESOLVED: row.resolved_at,
    }
    return {status: at for status, at in known.items() if at is not None}


def _make_radius(row: HistoryRow) -> BlastRadius | None:
    kept = row.blast_radius
    upstream = _make_reach(kept.upstream, complete=kept.upstream_complete)
    downstream = _make_reach(kept.downstream, complete=kept.downstream_complete)
    radius = BlastRadius(upstream, downstream)
    return radius if radius != BlastRadius() else None


def _make_reach(reached: Sequence[ReachedRow], *, complete: bool) -> Reach:
    places = {one.service_id: number for number, one in enumerate(reached)}
    roots = {one.path[0]: None for one in reached if one.distance == 1}
    below = {root: -1 - number for number, root in enumerate(roots)}
    return Reach(
        roots=tuple(roots),
        ids=tuple(places),
        parents=tuple(below[one.path[0]] if one.distance == 1 else places[one.path[-2]] for one in reached),
        hard=tuple(one.kind is EdgeKind.HARD for one in reached),
        complete=complete,
    )


def _make_entries(row: HistoryRow, id: str) -> list[Entry]:
    """Oldest first; of several at one time the row's order stays, by their ids."""
    ordered = sorted(row.timeline, key=lambda one: one.at)
    return [
        Entry(id=f"{0:09d}.{number:05d}.{id}", incident_id=id, **one.model_dump())
        for number, one in enumerate(ordered)
    ]  # fmt: skip


def _make_postmortem(row: PostmortemRecord, incident: Incident) -> Postmortem:
    created = row.created_at or incident.resolved_at or incident.created_at
    written = row.written if "written" in row.model_fields_set else [one for one, text in row.sections.items() if text]
    return Postmortem(
        id=postmortem_id(incident.id),
        incident_id=incident.id,
        title=row.title or incident.title,
        state=row.state,
        sections=row.sections,
        written=written,
        reviewers=row.reviewers,
        service_id=incident.service_id,
        team=incident.team,
        drill=incident.drill_id is not None,
        imported=True,
        created_at=created,
        created_by=row.created_by,
        updated_at=row.updated_at or created,
        updated_by=row.updated_by or row.created_by,
        published_at=row.published_at,
        published_by=row.published_by,
    )


def _make_comments(row: PostmortemRecord, incident: Incident) -> list[Comment]:
    return [
        Comment(id=f"{0:09d}.{number:05d}.{incident.id}", postmortem_id=postmortem_id(incident.id), **one.model_dump())
        for number, one in enumerate(row.comments)
    ]


def _make_action(number: int, row: ActionRow, incident: Incident) -> ActionItem:
    created = row.created_at or incident.resolved_at or incident.created_at
    fields: dict[str, Any] = {
        name: getattr(row, name)
        for name in ("title", "description", "state", "assignee_id", "due_on", "priority", "origin", "closed_at")
    }
    updated = row.updated_at or row.closed_at or created
    return ActionItem(
        id=row.id or f"act_{incident.id}-{number:04d}",
        postmortem_id=postmortem_id(incident.id),
        incident_id=incident.id,
        team=incident.team,
        service_id=incident.service_id,
        drill=incident.drill_id is not None,
        imported=True,
        created_at=created,
        created_by=row.created_by,
        updated_at=updated,
        updated_by=row.updated_by or row.created_by,
        reminders_after=updated,
        ticket=Ticket(**row.ticket.model_dump()) if row.ticket is not None else None,
        **fields,
    )
