"""Puts action items together: their store, routes, reminders, and what is heard of their tickets."""

from __future__ import annotations

from services.incident.action_items.api import actions as action_routes
from services.incident.action_items.api import of_postmortem as postmortem_action_routes
from services.incident.action_items.api.editing import ActionEditing
from services.incident.action_items.handlers import ActionNews, PatternHandler, TicketHandler
from services.incident.action_items.reminder import ReminderWorker
from services.incident.action_items.store import Actions
from services.incident.postmortems.api.editing import PostmortemEditing
from shared.runtime import Runtime


def open_actions(runtime: Runtime) -> Actions:
    """Returns the store of action items and starts the worker that reminds their owners."""
    actions = Actions(runtime)
    runtime.worker(ReminderWorker(actions, runtime.clock).run)
    runtime.snapshots("action.changed.v1", actions.snapshots)
    return actions


def add_routes(runtime: Runtime, actions: Actions, editing: PostmortemEditing) -> None:
    """Adds `/postmortems/{id}/actions…` and `/actions…`."""
    items = ActionEditing(actions, runtime.clock)
    runtime.routes(postmortem_action_routes.routes(editing, items))
    runtime.routes(action_routes.routes(items))


def news_handler(runtime: Runtime, actions: Actions, editing: PostmortemEditing) -> ActionNews:
    """Handles tickets, whose state an action item keeps, and patterns that came often, which propose one."""
    tickets = TicketHandler(actions, runtime.clock)
    return ActionNews(tickets, PatternHandler(actions, editing.postmortems, runtime.clock))
