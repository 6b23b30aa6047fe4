"""What an incident does when its time has come: its snooze ends; it resolves itself, if every alert is still over;
one of its clocks turns.
"""

from __future__ import annotations

from datetime import datetime

from services.incident.alerts.settling import resolve_by_itself
from services.incident.incidents.clock_turns import turn_clocks
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.response.snoozing import wake
from services.incident.timeline.entry import Line


def end_due(incident: Incident, now: datetime) -> Edit:
    """The edit that is due at `now`; an empty one when nothing is."""
    if not incident.status.is_open:
        return Edit(incident, incident, now)
    after, lines = incident, list[Line]()
    if after.snoozed_until is not None and after.snoozed_until <= now:
        after, line = wake(after)
        lines.append(line)
    if after.resolve_due_at is not None and after.resolve_due_at <= now:
        if after.alerts.open > 0:
            after = after.changed(resolve_due_at=None)
        else:
            after, line = resolve_by_itself(after, now)
            lines.append(line)
    return turn_clocks(Edit(incident, after, now, tuple(lines)))
