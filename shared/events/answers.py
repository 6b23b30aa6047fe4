"""What comms tells of people who answer a page from the message itself."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from shared.events.envelope import Fact
from shared.vocabulary import Channel


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
