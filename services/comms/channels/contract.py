"""What every channel promises; `tests/contract/test_channels.py` holds all of them to it.

`send` makes one attempt and says what became of it: it never retries, never raises for anything the other side does,
and ends within `Edges.send_seconds`. What it raises all the same is a fault of ours with this one page: the page is
refused, and the destination is not blamed. The same page sent twice carries the same id, so the receiver can tell.

Before the first byte of the message itself goes out it awaits `leave`, and lets out what that raises: reaching a slow
receiver takes time, in which the page may have been answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from services.comms.delivery.outcome import SEND_SECONDS, Leave, Outcome
from services.comms.slack.active_client import SlackAccess
from shared.events.incidents import SimilarFact
from shared.events.oncall import PageFact
from shared.outside.outbound import Outbound
from shared.settings import Settings
from shared.vocabulary import Channel as ChannelId

SPEC_NAME = "SPEC"


class FieldKind(StrEnum):
    """How the console draws and checks a field."""

    EMAIL = "email"
    URL = "url"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of the form in which a person enters a contact method of this channel."""

    name: str
    label: str
    kind: FieldKind
    help: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """What a channel says of itself: data, so that nothing else has to change when one is added."""

    id: ChannelId
    name: str
    fields: tuple[FormField, ...]
    at_once: int
    """How many pages may be under way to one destination."""
    carries_ack_link: bool
    """Whether the receiver can acknowledge from the message itself."""
    signed: bool
    """Whether the receiver can prove that the message is ours."""
    example: Mapping[str, Any]
    """A contact method of this channel, as `POST /users` takes it."""


@dataclass(frozen=True, slots=True)
class Edges:
    """What channels are made from."""

    settings: Settings
    outbound: Outbound
    send_seconds: float = SEND_SECONDS
    slack: SlackAccess | None = None
    """The way to Slack that is shared with others; None: one of the channel's own, as the settings say."""


@dataclass(frozen=True, slots=True)
class SimilarPast:
    """A past incident, and where it is to be seen."""

    fact: SimilarFact
    url: str


@dataclass(frozen=True, slots=True)
class PageLinks:
    """Where a message leads."""

    incident_url: str
    ack_url: str
    similar: SimilarPast | None = None
    """The past incident that its own is like, where that is known by now."""


SHOWING_SIMILAR = frozenset({ChannelId.EMAIL, ChannelId.SLACK})
"""The channels whose messages say of a past incident; for others nobody asks for one."""


class BadAddress(Exception):
    """This address can't be one of this channel; the message says why."""


class MessageState(StrEnum):
    """What became of the incident of a message."""

    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class MessageStatus:
    """What a message says of its incident; `by` is the name or id of who did it, empty where that is not known."""

    state: MessageState
    by: str = ""
    into: str = ""
    """The id of the incident that it was merged into, with whatever became of that one; empty: it was not merged."""


class Channel(Protocol):
    """One way to hand pages over."""

    spec: ChannelSpec

    def destination(self, address: str) -> str:
        """The `host:port` that this address leads to; circuits and lines are per destination. Raises `BadAddress`."""

    async def send(self, page: PageFact, links: PageLinks, now: datetime, leave: Leave) -> Outcome:
        """Make one attempt. Raises what `leave` raises; then nothing of the message has gone out."""

    async def close(self) -> None:
        """Close what is kept open between attempts."""


@runtime_checkable
class Updates(Protocol):
    """A channel whose messages can be brought up to date after they were handed over."""

    async def update(
        self, reference: str, page: PageFact, links: PageLinks, shown: MessageStatus, now: datetime
    ) -> Outcome:
        """Make one attempt to have the message at `reference` (as its outcome named it) say what became of it."""

    async def whisper(self, address: str, text: str) -> None:
        """Tell somebody who just used a message something that only they see; nothing is promised."""


ChannelsByName = Mapping[str, Channel]
