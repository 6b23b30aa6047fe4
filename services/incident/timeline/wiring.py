"""Puts the timeline together: its store, its routes, and what is heard of talk about an incident."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from services.incident.incidents.wiring import IncidentStores
from services.incident.timeline.api import timeline as timeline_routes
from services.incident.timeline.handlers import BurnHandler, CommunicationHandler, ExecutionHandler, read_line
from services.incident.timeline.store import Timeline
from shared.bus.consumer import Delivery
from shared.events import Event
from shared.events.automation import OUTPUT_LINES
from shared.runtime import Runtime

Hearing = Callable[[Sequence[Delivery[Event]]], Awaitable[None]]


def open_timeline(runtime: Runtime, stores: IncidentStores) -> Timeline:
    """The store of entries, with the routes that show and write them."""
    timeline = Timeline(runtime)
    runtime.routes(timeline_routes.routes(stores.incidents, timeline, stores.members, runtime.clock))
    return timeline


def hearings(runtime: Runtime, stores: IncidentStores, timeline: Timeline) -> Sequence[Hearing]:
    """What hears of talk about an incident, of runbooks and budgets; ends of outputs come by a queue of their own."""
    executions = ExecutionHandler(stores.incidents, timeline)
    runtime.consume(OUTPUT_LINES, executions.handle_lines, read_line, background=True)
    burns = BurnHandler(stores.incidents, timeline)
    return CommunicationHandler(stores.incidents, timeline).handle, executions.handle, burns.handle
