"""A drill was stopped: its incident, if it is open, is over, and so are its alerts."""

from __future__ import annotations

from datetime import datetime

from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.incidents.lifecycle import enter_status
from services.incident.incidents.transitions import judge_move
from services.incident.timeline.entry import SYSTEM, EntryKind, Line
from shared.events import Event
from shared.vocabulary import IncidentStatus


def stop(incident: Incident, drill_id: str, event: Event, now: datetime) -> Edit:
    """The incident resolved; one that is over, or of no such drill, stays as it is.

    It is resolved in Tocsin's name and not by itself, so that its alerts end with it.
    """
    move = judge_move(incident.status, IncidentStatus.RESOLVED)
    if incident.drill_id != drill_id or not incident.status.is_open or move is None:
        return Edit(incident, incident, now)
    after = enter_status(incident, IncidentStatus.RESOLVED, move, now, by=SYSTEM)
    line = Line(EntryKind.STATUS, f"status {incident.status.value} → resolved: the drill was stopped")
    return Edit(incident, after, now, (line,), cause=event)
