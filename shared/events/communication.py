"""What comms tells of talking about an incident, and of tickets. People are named by their ids only."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from shared.events.envelope import Fact


class CommunicationKind(StrEnum):
    """What was done to tell of an incident; the kind of its line in the timeline."""

    WAR_ROOM = "war_room"
    STATUS_PAGE = "status_page"
    STAKEHOLDERS = "stakeholders"
    MESSAGE = "message"
    """A message that somebody marked in the war room."""


class CommunicationFact(Fact):
    """Something was said about an incident; it becomes one line of its timeline. Each is a fact of its own."""

    id: str
    incident_id: str
    kind: CommunicationKind
    text: str
    """The line; a message's own words where one was marked."""
    by: str
    """Who did it: a person's id, a key's name, else how the channel calls them (`slack:U012AB3CDE`)."""
    url: str | None = None
    at: datetime


class TicketState(StrEnum):
    """Where a ticket stands, whatever its own system calls that."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"


class TicketFact(Fact):
    """The ticket of an action item, as the ticket system has it."""

    action_id: str
    provider: str
    """The id of the ticket system: `jira`."""
    key: str
    """How people call the ticket: `OPS-12`."""
    url: str
    state: TicketState
    from_provider: bool = False
    """True when the ticket system's side changed: the action follows. False when we wrote the ticket ourselves."""
    at: datetime
