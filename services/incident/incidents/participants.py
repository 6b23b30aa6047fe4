"""Who takes part in an incident: who acknowledged it, held a role, wrote on its timeline, or was added by hand.

People are known by their ids only. Nobody is left out because they stopped; only taking somebody out by hand does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.timeline.entry import EntryKind, Line
from shared.problem import conflict

MAX_PARTICIPANTS = 500

UserId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.~:@+-]{0,127}$")]


class ParticipantIn(BaseModel):
    """The body that adds somebody."""

    model_config = ConfigDict(extra="ignore")

    user_id: UserId


def with_participants(incident: Incident, people: Iterable[str | None]) -> Incident:
    """The incident with these people in it too; None is nobody. What is over the limit is left out."""
    new = [one for one in dict.fromkeys(people) if one is not None and one not in incident.participants]
    if not new:
        return incident
    return incident.changed(participants=[*incident.participants, *new][:MAX_PARTICIPANTS])


def is_noted(incident: Incident, user_id: str | None) -> bool:
    """True when nothing of the incident changes as somebody writes on its timeline."""
    is_new = user_id is not None and user_id not in incident.participants
    return not (is_new or (incident.drill_id is not None and incident.first_finding_at is None))


def note_entry(incident: Incident, user_id: str | None, author: str, now: datetime) -> Edit:
    """Somebody wrote on the timeline, and so takes part; no line is written, theirs shows it already.

    Of a drill the first finding is kept: how soon it came is scored.
    """
    after = with_participants(incident, [user_id])
    if incident.drill_id is not None and incident.first_finding_at is None:
        after = after.changed(first_finding_at=now, first_finding_by=author)
    return Edit(incident, after, now)


def add(incident: Incident, user_id: str, author: str, now: datetime) -> Edit:
    """Add a person by hand; no change for one who takes part already. Raises a 409 `Problem` when it is full."""
    if user_id in incident.participants:
        return Edit(incident, incident, now)
    if len(incident.participants) >= MAX_PARTICIPANTS:
        raise conflict("too_many", f"There can be {MAX_PARTICIPANTS} participants at most.")
    line = Line(EntryKind.PARTICIPANT, f"{user_id} was added", author)
    return Edit(incident, with_participants(incident, [user_id]), now, (line,))


def remove(incident: Incident, user_id: str, author: str, now: datetime) -> Edit:
    """Remove a person by hand. Raises a 409 `Problem` for one who holds a role: hand it over first."""
    if user_id not in incident.participants:
        return Edit(incident, incident, now)
    held = [one.role for one in incident.roles if one.user_id == user_id and one.ended_at is None]
    if held:
        raise conflict("holds_a_role", f"{user_id} is {', '.join(held)}: end or hand over the role first.")
    left = [one for one in incident.participants if one != user_id]
    line = Line(EntryKind.PARTICIPANT, f"{user_id} was taken out", author)
    return Edit(incident, incident.changed(participants=left), now, (line,))
