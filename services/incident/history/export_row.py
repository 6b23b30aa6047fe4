"""An incident with all that is known of it as a row of history, and that as bytes: keys sorted, always the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from services.incident.action_items.action import ActionItem
from services.incident.incidents.incident import Incident
from services.incident.postmortems.comment import Comment
from services.incident.postmortems.postmortem import Postmortem
from services.incident.service_map.blast_radius import BlastRadius
from services.incident.service_map.reach import Reach
from services.incident.timeline.entry import Entry
from shared.clocks.epoch import EPOCH

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


@dataclass(frozen=True, slots=True)
class KnownHistory:
    """All that is known of one incident: entries the oldest first, comments and actions as they are listed."""

    incident: Incident
    entries: Sequence[Entry] = ()
    postmortem: Postmortem | None = None
    comments: Sequence[Comment] = ()
    actions: Sequence[ActionItem] = ()


def write_row(known: KnownHistory) -> bytes:
    """The row as one line of JSON."""
    return orjson.dumps(row_of(known), option=_OPTIONS)


def row_of(known: KnownHistory) -> dict[str, Any]:
    """The row, as `row.HistoryRow` reads it."""
    incident = known.incident
    began = incident.started_at
    return {
        **_named(incident, _OF_INCIDENT),
        "urgency": incident.urgency,
        "drill": incident.drill_id is not None,
        "merged_from": [one.id for one in incident.absorbed],
        "alerts": {"count": incident.alerts.count, "firing": incident.alerts.firing},
        "effects": [one.model_dump() for one in incident.effects],
        "blast_radius": _radius(incident.blast_radius or BlastRadius()),
        "suspect_verdicts": [one.model_dump() for one in incident.suspect_marks],
        "roles": [one.model_dump() for one in incident.roles],
        # what a sender's clock says of a time before there were clocks is no fact
        "started_at": began if EPOCH <= began < incident.created_at else None,
        "reopened_at": incident.reopened.at if incident.reopened is not None else None,
        "status_times": dict(incident.first_entered),
        "timeline": [_named(one, ("at", "kind", "author", "text")) for one in known.entries],
        "postmortem": _postmortem(known.postmortem, known.comments) if known.postmortem is not None else None,
        "actions": [_action(one) for one in known.actions],
    }


_OF_INCIDENT = (
    "id", "title", "description", "status", "severity", "priority", "category", "service_id", "service_name", "team",
    "escalation_policy_id", "drill_id", "merged_into", "affected_components", "impact", "assignees", "participants",
    "created_at", "acknowledged_at", "acknowledged_by", "resolved_at", "resolved_by", "actions_taken", "root_cause",
    "preventive_measures",
)  # fmt: skip


def _named(source: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(source, name) for name in names}


def _radius(radius: BlastRadius) -> Mapping[str, Any]:
    return {
        "upstream": _reached(radius.upstream),
        "downstream": _reached(radius.downstream),
        "upstream_complete": radius.upstream.complete,
        "downstream_complete": radius.downstream.complete,
    }


def _reached(reach: Reach) -> list[dict[str, Any]]:
    return [_named(one, ("service_id", "distance", "path", "kind")) for one in reach.iterate()]


def _postmortem(postmortem: Postmortem, comments: Sequence[Comment]) -> dict[str, Any]:
    said = ("text", "section", "author", "at", "resolved", "resolved_at", "resolved_by")
    return {
        **_named(
            postmortem,
            ("title", "state", "sections", "written", "reviewers", "created_at", "created_by", "updated_at",
             "updated_by", "published_at", "published_by"),
        ),
        "comments": [_named(one, said) for one in comments],
    }  # fmt: skip


def _action(action: ActionItem) -> dict[str, Any]:
    return {
        **_named(
            action,
            ("id", "title", "description", "state", "assignee_id", "due_on", "priority", "origin", "created_at",
             "created_by", "updated_at", "updated_by", "closed_at"),
        ),
        "ticket": action.ticket.model_dump() if action.ticket is not None else None,
    }  # fmt: skip
