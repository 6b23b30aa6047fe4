"""What an incident does when its time has come: it resolves itself, if still every alert of it is over."""

from __future__ import annotations

from datetime import datetime

from services.incident.edits import Edit
from services.incident.folding import resolve_by_itself
from services.incident.incident import Incident


def end_due(incident: Incident, now: datetime) -> Edit:
    """The edit that is due at `now`; an empty one when nothing is."""
    due_at = incident.resolve_due_at
    if due_at is None or due_at > now or not incident.status.is_open:
        return Edit(incident, incident, now)
    if incident.alerts.open > 0:
        return Edit(incident, incident.model_copy(update={"resolve_due_at": None}), now)
    after, line = resolve_by_itself(incident, now)
    return Edit(incident, after, now, (line,))
