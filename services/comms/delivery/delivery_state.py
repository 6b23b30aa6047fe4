"""Where a page or a letter stands, why, and what moves it on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import ConfigDict

from services.comms.delivery.outcome import Outcome, OutcomeKind
from shared.events.oncall import PageState
from shared.stored import Stored

ATTEMPTS_KEPT = 20


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    QUEUED = "queued"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """True when nothing more will be tried."""
        return self in (DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.CANCELLED)


class Reason(StrEnum):
    """Why a delivery stands where it does, or is to be sent."""

    REQUESTED = "requested"
    SEND = "send"
    HANDED_OVER = "handed_over"
    DESTINATION_DOWN = "destination_down"
    DESTINATION_BUSY = "destination_busy"
    CIRCUIT_OPEN = "circuit_open"
    REFUSED = "refused"
    NO_CHANNEL = "no_channel"
    BAD_ADDRESS = "bad_address"
    TRIED_TOO_LONG = "tried_too_long"
    TRIED_TOO_OFTEN = "tried_too_often"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    MERGED = "merged"
    SNOOZED = "snoozed"
    ERASED = "erased"
    UNKNOWN_PERSON = "unknown_person"


class Attempt(Stored):
    """One attempt, in the provider's words."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    result: OutcomeKind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """A decision about a delivery: the state it goes to, why, and what on-call is told."""

    state: DeliveryState
    reason: Reason
    detail: str = ""
    due_at: datetime | None = None
    outcome: Outcome | None = None
    """The attempt that led here, where there was one."""
    tell: PageState | None = None
    permanent: bool = False


SEND = Move(DeliveryState.SENDING, Reason.SEND)
