"""Who holds which role in an incident: assignments, hand-overs and their ends.

An exclusive role changes hands: the assignment before is ended at the instant the new one begins, and the timeline
says both. A new holder is told, with the duties. Whoever holds a role already is not assigned again.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.incident.incidents.commands import Actor
from services.incident.incidents.edit import Edit, News
from services.incident.incidents.incident import Incident
from services.incident.incidents.participants import UserId, with_participants
from services.incident.incidents.role_assignment import Assignment
from services.incident.response.role_definition import Definition, RoleId
from services.incident.timeline.entry import EntryKind, Line
from shared.events.command import RoleAssigned
from shared.problem import Problem, conflict
from shared.vocabulary import IncidentStatus

MAX_ASSIGNMENTS = 200


class RoleIn(BaseModel):
    """The body that assigns a role."""

    model_config = ConfigDict(extra="ignore")

    role: RoleId
    user_id: UserId


def assign(incident: Incident, role: Definition, user_id: str, actor: Actor, now: datetime) -> Edit:
    """`user_id` holds the role from now on. Raises a 409 `Problem` on a closed incident, and when it has too many."""
    _require_not_final(incident)
    holders = [one.user_id for one in incident.roles if one.role == role.id and one.ended_at is None]
    if user_id in holders:
        return Edit(incident, incident, now)
    if len(incident.roles) >= MAX_ASSIGNMENTS:
        raise conflict("too_many", f"An incident can have {MAX_ASSIGNMENTS} role assignments at most.")
    leaving = holders if role.exclusive else []
    new = Assignment(role=role.id, name=role.name, duties=role.duties, user_id=user_id, since=now)
    kept = [
        _end(one, now) if one.role == role.id and one.ended_at is None and role.exclusive else one
        for one in incident.roles
    ]
    after = with_participants(incident.changed(roles=[*kept, new]), [user_id])
    handed = f", handed over by {leaving[0]}" if leaving else ""
    lines = [Line(EntryKind.ROLE, f"{role.name}: {one} until now", actor.name) for one in leaving]
    lines.append(Line(EntryKind.ROLE, f"{role.name}: {user_id} from now on{handed}", actor.name))
    told = RoleAssigned(
        incident_id=incident.id,
        title=incident.title,
        role=role.id,
        role_name=role.name,
        duties=role.duties,
        user_id=user_id,
        previous_user_id=leaving[0] if leaving else None,
        by=actor.name,
        at=now,
        drill_id=incident.drill_id,
        imported=incident.imported,
    )
    return Edit(incident, after, now, tuple(lines), news=(News("role.assigned.v1", told, f"role {role.id} {user_id}"),))


def end(incident: Incident, role: str, user_id: str | None, actor: Actor, now: datetime) -> Edit:
    """The holder (`user_id`; None: every one) holds the role no more.

    Raises a `Problem`: 404 when nobody such holds it, 409 on a closed incident.
    """
    _require_not_final(incident)
    ending = [
        one
        for one in incident.roles
        if one.role == role and one.ended_at is None and (user_id is None or one.user_id == user_id)
    ]
    if not ending:
        whom = f"{user_id} does not hold" if user_id else "Nobody holds"
        raise Problem(404, "not_found", f"{whom} the role {role!r} in this incident.")
    roles = [_end(one, now) if one in ending else one for one in incident.roles]
    lines = tuple(Line(EntryKind.ROLE, f"{one.name}: {one.user_id} until now", actor.name) for one in ending)
    return Edit(incident, incident.changed(roles=roles), now, lines)


def end_all(incident: Incident, now: datetime) -> list[Assignment]:
    """Its assignments when every one that lasts ends now."""
    return [_end(one, now) if one.ended_at is None else one for one in incident.roles]


def _end(one: Assignment, now: datetime) -> Assignment:
    return one.changed(ended_at=max(now, one.since))


def _require_not_final(incident: Incident) -> None:
    if incident.status is IncidentStatus.CLOSED:
        raise conflict("illegal_transition", "A closed incident is final.", **{"from": "closed", "to": "closed"})
