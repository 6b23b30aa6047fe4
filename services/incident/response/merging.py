"""Merging: one incident goes into another, the survivor, because both are the same trouble.

The merged one is closed and says where it went; its timeline stays as it is and is shown with the survivor's. Its pages
stop at once, its group and its alerts are the survivor's from now on: later alerts go there, and the survivor does not
resolve itself before every one of them has ended. Both change in one transaction, so nobody sees one without the other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from services.incident.incidents.absorbed import MAX_ABSORBED
from services.incident.incidents.commands import Actor
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Absorbed, Alerts, Incident
from services.incident.incidents.lifecycle import enter_status
from services.incident.incidents.participants import with_participants
from services.incident.incidents.transitions import Move
from services.incident.response.roles import end_all
from services.incident.timeline.entry import EntryKind, Line
from shared.problem import conflict, invalid
from shared.vocabulary import IncidentStatus


class MergeIn(BaseModel):
    """The body that merges an incident into another."""

    model_config = ConfigDict(extra="ignore")

    into: Annotated[str, StringConstraints(min_length=1, max_length=100)]


def merge(source: Incident, survivor: Incident, actor: Actor, now: datetime) -> tuple[Edit, Edit]:
    """What becomes of both; `survivor` is where the one that was asked for went, however often it went on.

    Raises a `Problem`: 409 for a circle, for what is over, and for more than fifty; 422 for what must not mix.
    """
    _require_mergeable(source, survivor)
    moved = [one.changed(offset=survivor.alerts.count + one.offset) for one in source.absorbed]
    itself = Absorbed(id=source.id, offset=survivor.alerts.count, count=source.alerts.count)
    absorbed = [*survivor.absorbed, itself, *moved]
    if len(absorbed) > MAX_ABSORBED:
        raise conflict("too_many", f"{MAX_ABSORBED} incidents at most can be merged into one.")
    alerts = Alerts(
        count=survivor.alerts.count + source.alerts.count,
        firing=survivor.alerts.firing + source.alerts.firing,
        open=survivor.alerts.open + source.alerts.open,
        effects=survivor.alerts.effects + source.alerts.effects,
        last=survivor.alerts.last,
    )
    grown = survivor.changed(
        alerts=alerts,
        absorbed=absorbed,
        resolve_due_at=None if alerts.open > 0 else survivor.resolve_due_at,
    )
    return (
        Edit(
            source, _close_merged(source, survivor.id, actor, now), now, (_line(f"merged into {survivor.id}", actor),)
        ),
        Edit(
            survivor,
            with_participants(grown, source.participants),
            now,
            (_line(f"{source.id} was merged into this one: {source.title}", actor),),
        ),
    )


def _require_mergeable(source: Incident, survivor: Incident) -> None:
    if source.id == survivor.id:
        raise conflict("merge_circle", f"{source.id} can't be merged into itself, or into what went into it.")
    if source.merged_into is not None:
        raise conflict("already_merged", f"{source.id} went into {source.merged_into} already.")
    if source.status is IncidentStatus.CLOSED:
        raise conflict("illegal_transition", "A closed incident is final.", **{"from": "closed", "to": "merged"})
    if not survivor.status.is_open:
        status = survivor.status.value
        raise conflict("not_open", f"{survivor.id} is {status}: nothing can be merged into it.", status_now=status)
    if source.drill_id != survivor.drill_id:
        raise invalid("/into", "a drill can be merged with incidents of the same drill only")
    if source.imported is not survivor.imported:
        raise invalid("/into", "what was imported pages nobody, so it can't be merged with what does")


def _close_merged(source: Incident, into: str, actor: Actor, now: datetime) -> Incident:
    over = (
        enter_status(source, IncidentStatus.RESOLVED, Move.RESOLVE, now, by=actor.name)
        if source.status.is_open
        else source
    )
    closed = enter_status(over, IncidentStatus.CLOSED, Move.CLOSE, now, by=actor.name)
    return closed.changed(merged_into=into, roles=end_all(source, now))


def _line(text: str, actor: Actor) -> Line:
    return Line(EntryKind.MERGE, text, actor.name)
