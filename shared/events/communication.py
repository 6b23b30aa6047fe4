"""What comms tells of talking about an incident, of status pages, of answers to pages, and of tickets.

People are named by their ids.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from shared.events.envelope import Fact
from shared.vocabulary import Channel


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


class ImpactState(StrEnum):
    """How a component of a status page stands other than well, best first."""

    UNDER_MAINTENANCE = "under_maintenance"
    DEGRADED_PERFORMANCE = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"


class ImpactFact(Fact):
    """A span in which a component of a status page was not operational: from its beginning, and again when it ended."""

    id: str
    page: str
    """The page's address, such as `acme`."""
    component_id: str
    component_name: str
    service_ids: list[str] = []
    """The services of the catalogue that the component is made of."""
    state: ImpactState
    started_at: datetime
    ended_at: datetime | None = None
    """None: it lasts."""


class AnswerAction(StrEnum):
    """What somebody did with the page in front of them."""

    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


class AnswerFact(Fact):
    """Somebody answered a page; it is the incident service that makes it an acknowledgement or a resolution.

    Each answer is a fact of its own: its event's id is that of the one press of the one button.
    """

    incident_id: str
    page_id: str
    generation: int
    """The generation of pages that the page belongs to: what was answered since is not answered by this."""
    action: AnswerAction
    via: Channel
    user_id: str | None = None
    """The person, where they are known; ids only."""
    by: str
    """Who it was, for the timeline: the person's id, else how the channel calls them (`slack:U012AB3CDE`)."""
    at: datetime
    paged_at: datetime | None = None
    """When the page was asked for. None: told by an older release."""


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
