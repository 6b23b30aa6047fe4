"""What is to be done after incidents: action items, their reminders, and the patterns that propose one.

People are named by their ids only.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from shared.events.envelope import Fact
from shared.vocabulary import Priority


class ActionState(StrEnum):
    """Where an action item stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    DROPPED = "dropped"

    @property
    def is_open(self) -> bool:
        """True while somebody still has work with it."""
        return self in (ActionState.OPEN, ActionState.IN_PROGRESS)


class ActionFact(Fact):
    """An action item of a post-mortem. `origin` says who made the newest change, so that it is not echoed to them."""

    id: str
    postmortem_id: str
    incident_id: str
    title: str
    description: str = ""
    state: ActionState
    assignee_id: str | None = None
    due_on: date | None = None
    priority: Priority = Priority.MEDIUM
    team: str | None = None
    service_id: str | None = None
    drill: bool = False
    imported: bool = False
    deleted: bool = False
    origin: str = "tocsin"
    """`tocsin` for a change made here, else the ticket system's id and the event that led to it: `jira:<event id>`."""
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None


class ReminderKind(StrEnum):
    """Why somebody is reminded of an action item."""

    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


class ActionReminder(Fact):
    """The owner of an action item is to be reminded of it."""

    action: ActionFact
    kind: ReminderKind
    at: datetime


class PatternFact(Fact):
    """A pattern that was seen often enough that something should be done against it."""

    id: str
    name: str
    incidents: list[str] = []
    """Its newest incidents, the newest first."""
    count: int
    """All of its resolved incidents."""
    most_in_window: int
    """The largest number of them within `window_days`."""
    window_days: int
    causes: list[str] = []
    fixes: list[str] = []
    preventions: list[str] = []
    proposed_title: str = ""
    """What the proposed action item is called."""
    at: datetime
