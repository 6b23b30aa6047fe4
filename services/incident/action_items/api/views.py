"""What HTTP shows of action items; clients are written against these names."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel

from services.incident.action_items.action import ActionItem, Ticket
from shared.events.actions import ActionState
from shared.vocabulary import Priority


class ActionView(BaseModel):
    """An action item."""

    id: str
    postmortem_id: str
    incident_id: str
    title: str
    description: str
    state: ActionState
    assignee_id: str | None
    due_on: date | None
    overdue: bool
    priority: Priority
    team: str | None
    service_id: str | None
    drill: bool
    imported: bool
    origin: str
    ticket: Ticket | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    closed_at: datetime | None
    version: int


def action_view(action: ActionItem, today: date) -> ActionView:
    """An action item as it stands on that day (UTC)."""
    shown = {name: getattr(action, name) for name in ActionView.model_fields if name != "overdue"}
    return ActionView(**shown, overdue=action.is_overdue(today))
