"""Puts together what was forgotten here."""

from __future__ import annotations

from services.incident.action_items.store import Actions
from services.incident.incidents.store.incidents import Incidents
from services.incident.stale.finding import StaleFinder
from services.incident.timeline.store import Timeline
from shared.runtime import Runtime
from shared.stale.wiring import add_stale


def wire(runtime: Runtime, incidents: Incidents, timeline: Timeline, actions: Actions) -> None:
    """Answers the gateway with it, and tells whose it is once a day."""
    hours = runtime.settings.untouched_hours
    add_stale(runtime, StaleFinder(incidents, timeline, actions, runtime.clock, untouched_hours=hours).find)
