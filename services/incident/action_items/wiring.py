"""Puts action items together: their store, routes, reminders, and what is heard of their tickets."""

from __future__ import annotations

from services.incident.action_items.api import actions as action_routes
from services.incident.action_items.api import of_postmortem as postmortem_action_routes
from services.incident.action_items.api.editing import ActionDesk
from services.incident.action_items.handlers import TicketKeeper
from services.incident.action_items.reminder import Reminding
from services.incident.action_items.store import Actions
from services.incident.postmortems.api.editing import Desk
from shared.runtime import Runtime


def open_actions(runtime: Runtime) -> Actions:
    """The store of action items, with the worker that has their owners reminded."""
    actions = Actions(runtime)
    runtime.worker(Reminding(actions, runtime.clock).run)
    runtime.snapshots("action.changed.v1", actions.snapshots)
    return actions


def add_routes(runtime: Runtime, actions: Actions, desk: Desk) -> None:
    """The routes of action items, below their post-mortem and by themselves."""
    items = ActionDesk(actions, runtime.clock)
    runtime.app.include_router(postmortem_action_routes.routes(desk, items))
    runtime.app.include_router(action_routes.routes(items))


def ticket_handler(runtime: Runtime, actions: Actions) -> TicketKeeper:
    """Who takes news of tickets."""
    return TicketKeeper(actions, runtime.clock)
