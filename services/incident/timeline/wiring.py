"""Puts the timeline together: its store, its routes, and what is heard of talk about an incident."""

from __future__ import annotations

from services.incident.incidents.wiring import IncidentStores
from services.incident.timeline.api import timeline as timeline_routes
from services.incident.timeline.handlers import CommunicationHandler, ExecutionHandler, read_line
from services.incident.timeline.store import Timeline
from shared.events.automation import OUTPUT_LINES
from shared.runtime import Runtime


def open_timeline(runtime: Runtime, stores: IncidentStores) -> Timeline:
    """The store of entries, with the routes that show and write them."""
    timeline = Timeline(runtime)
    runtime.app.include_router(timeline_routes.routes(stores.incidents, timeline, stores.members, runtime.clock))
    return timeline


def communication_handler(stores: IncidentStores, timeline: Timeline) -> CommunicationHandler:
    """Handles the communication events that comms publishes about an incident."""
    return CommunicationHandler(stores.incidents, timeline)


def execution_handler(runtime: Runtime, stores: IncidentStores, timeline: Timeline) -> ExecutionHandler:
    """Handles what automation tells of runbooks; ends of outputs come by a queue of their own."""
    handler = ExecutionHandler(stores.incidents, timeline)
    runtime.consume(OUTPUT_LINES, handler.handle_lines, read_line, background=True)
    return handler
