"""Builders for what tickets are decided on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.comms.tickets.project import JiraIn, Place
from services.comms.tickets.project import create_place as make_place_of
from services.comms.tickets.ticket import Seen, Ticket, begin, content_of, hold, mark_synced, record_creation
from shared.events import Event, make
from shared.events.actions import ActionFact, ActionState
from shared.events.communication import TicketState
from shared.vocabulary import Priority

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def make_action(state: ActionState = ActionState.OPEN, **changes: Any) -> ActionFact:
    members: dict[str, Any] = {
        "id": "act_1",
        "postmortem_id": "pm_1",
        "incident_id": "INC-20261121-0001",
        "title": "Rotate logs daily ログ",
        "description": "On every host\nفوری",
        "state": state,
        "assignee_id": "sara",
        "due_on": date(2026, 12, 1),
        "priority": Priority.HIGH,
        "team": "payments",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return ActionFact(**(members | changes))


def action_told(action: ActionFact, sequence: int = 1) -> Event:
    return make("action.changed.v1", subject=action.id, sequence=sequence, time=NOW, data=action)


def make_place(**changes: Any) -> Place:
    members: dict[str, Any] = {"base_url": "https://example.atlassian.net", "api_token": "t", "project_key": "OPS"}
    return make_place_of(JiraIn(**(members | changes)), "sealed", "sealed", NOW)


def seen(state: TicketState = TicketState.OPEN, *, seconds: float | None = None, status: str = "") -> Seen:
    at = NOW + timedelta(seconds=seconds) if seconds is not None else None
    return Seen("OPS-1", "https://example.atlassian.net/browse/OPS-1", status or state.value, state, at)


def make_ticket(state: ActionState = ActionState.OPEN, agreed: TicketState = TicketState.OPEN) -> Ticket:
    """A ticket that is there, and of which nothing is to be written for the action as it stands."""
    action = make_action(state)
    held = hold(begin(action, 1, make_place(), NOW), NOW)
    return mark_synced(record_creation(held, NOW, seen=seen(agreed), content=content_of(action)), NOW)
