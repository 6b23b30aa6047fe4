"""Which incidents and actions are stale, since when, whose they are, and what to do about each.

Drills and imports never are: a drill is asked about by on-call, and nobody works on what was imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from services.incident.action_items.action import ActionItem
from services.incident.incidents.incident import Incident
from shared.events.control import StaleItem
from shared.vocabulary import IncidentStatus

SILENT, UNTOUCHED, OVERDUE = "alerts_silent", "untouched", "action_overdue"


def is_silent(incident: Incident) -> bool:
    """Every alert of it that is not over has fallen silent: no sender says that it still fires, none that it ended."""
    alerts = incident.alerts
    return _is_asked_about(incident) and alerts.open > 0 and alerts.firing == 0


def may_be_untouched(incident: Incident, now: datetime, patience: timedelta) -> bool:
    """Somebody has it, and it has not moved for so long; what people wrote on its timeline is looked at next."""
    has_it = incident.status.is_open and incident.status is not IncidentStatus.TRIGGERED
    is_snoozed = incident.snoozed_until is not None and now < incident.snoozed_until
    return _is_asked_about(incident) and has_it and not is_snoozed and now - moved_at(incident) >= patience


def moved_at(incident: Incident) -> datetime:
    """When it last entered a status, or was created."""
    return max([incident.created_at, *incident.first_entered.values()])


def silent_item(incident: Incident) -> StaleItem:
    """The incident whose alerts went silent; since when, its senders don't say: since it last moved."""
    return _of_incident(
        incident,
        SILENT,
        moved_at(incident),
        "Resolve it, or ask whoever sends its alerts why they fell silent.",
        f"/incidents/{incident.id}/resolve",
    )


def untouched_item(incident: Incident, since: datetime) -> StaleItem:
    """The incident that nobody touched since."""
    return _of_incident(
        incident,
        UNTOUCHED,
        since,
        "Say on its timeline how it stands, hand it over, or resolve it.",
        f"/incidents/{incident.id}/timeline",
    )


def overdue_item(action: ActionItem) -> StaleItem:
    """The action that should have been done."""
    due = action.due_on or date(2000, 1, 1)
    return StaleItem(
        kind=OVERDUE,
        subject=action.id,
        title=action.title,
        since=datetime.combine(due + timedelta(days=1), time(), UTC),
        owner=action.assignee_id or action.team,
        people=[action.assignee_id] if action.assignee_id is not None else [],
        team=action.team,
        action="Do it, give it another day, or drop it.",
        method="PATCH",
        path=f"/actions/{action.id}",
    )


def last_touched(incident: Incident, written: Mapping[str, datetime]) -> datetime:
    """When somebody last touched it; `written` has when a person last wrote on a timeline, by incident."""
    return max(moved_at(incident), written.get(incident.id, incident.created_at))


def _is_asked_about(incident: Incident) -> bool:
    return incident.status.is_open and incident.drill_id is None and not incident.imported


def _of_incident(incident: Incident, kind: str, since: datetime, action: str, path: str) -> StaleItem:
    people = incident.taken_by or [one.user_id for one in incident.roles if one.ended_at is None]
    return StaleItem(
        kind=kind,
        subject=incident.id,
        title=incident.title,
        since=since,
        owner=next(iter(people), incident.team),
        people=list(dict.fromkeys(people)),
        team=incident.team,
        action=action,
        method="POST",
        path=path,
    )
