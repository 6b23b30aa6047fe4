"""What every channel promises; `tests/contract/test_channels.py` holds all of them to it.

`send` makes one attempt and says what became of it: it never retries, never raises for anything the other side does,
and ends within `Edges.send_seconds`. The same page sent twice carries the same id, so the receiver can tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from services.comms.outcome import Outcome
from shared.events.oncall import PageFact
from shared.outbound import Outbound
from shared.settings import Settings
from shared.vocabulary import Channel as ChannelId

SPEC_NAME = "SPEC"
SEND_SECONDS = 10.0
"""The time limit of one attempt, all of it."""


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


@dataclass(frozen=True, slots=True)
class PageLinks:
    """Where a message leads."""

    incident_url: str
    ack_url: str


class BadAddress(Exception):
    """This address can't be one of this channel; the message says why."""


class Channel(Protocol):
    """One way to hand pages over."""

    spec: ChannelSpec

    def destination(self, address: str) -> str:
        """The `host:port` that this address leads to; circuits and lines are per destination. Raises `BadAddress`."""

    async def send(self, page: PageFact, links: PageLinks, now: datetime) -> Outcome:
        """Make one attempt."""

    async def close(self) -> None:
        """Close what is kept open between attempts."""


ChannelsByName = Mapping[str, Channel]
