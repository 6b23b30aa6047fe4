"""What became of an Opsgenie request: read from the alert itself, for the request's id names its alert and its place.

So nothing is stored for a request, and any replica can answer. None means not folded yet, which Opsgenie answers with
404. A repeat may be counted up to a minute later (`repeats`), so what is already as it asked counts as done.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from services.ingest.alerts.fold import Head
from shared.vocabulary import AlertStatus

NOBODY = "0" * 32
"""In the place of an alert that nobody knows."""

_ID = re.compile(r"(create|acknowledge|close|update)\.(k?[0-9a-f]{32})\.([0-9a-f]{16}-[0-9a-z]{1,32}\.[0-9]{4}|none)")


class Wish(StrEnum):
    """What a request asked for."""

    CREATE = "create"
    ACKNOWLEDGE = "acknowledge"
    CLOSE = "close"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class OpsgenieRequest:
    """One request: its wish, its alert's head and the stamp of its message."""

    wish: Wish
    head: str
    stamp: str

    @property
    def id(self) -> str:
        """The id that the sender can ask by."""
        return f"{self.wish.value}.{self.head}.{self.stamp}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`alert_id` is None where there is no alert."""

    is_success: bool
    status: str
    alert_id: str | None = None
    alias: str | None = None


MISSING = Outcome(is_success=False, status="Alert does not exist")

_DONE = {
    Wish.CREATE: "Created alert",
    Wish.ACKNOWLEDGE: "Acknowledged alert",
    Wish.CLOSE: "Closed alert",
    Wish.UPDATE: "Updated alert",
}


def request_for_unknown_alert(wish: Wish) -> OpsgenieRequest:
    """The request that named an alert that nobody knows."""
    return OpsgenieRequest(wish, NOBODY, "none")


def parse_id(text: str) -> OpsgenieRequest | None:
    """The request that an id names; None for one that we did not make."""
    found = _ID.fullmatch(text)
    return OpsgenieRequest(Wish(found[1]), found[2], found[3]) if found else None


def outcome_of(asked: OpsgenieRequest, head: Head | None) -> Outcome | None:
    """What became of it, as far as `head` knows; None: not yet."""
    if asked.head == NOBODY:
        return MISSING
    if head is None:
        return None
    seen = head.occurrence
    folded = asked.stamp <= head.floor or any(move.stamp == asked.stamp for move in head.moves)
    if seen is None:
        return MISSING if folded else None
    as_asked = {
        Wish.CREATE: seen.status.is_open,
        Wish.ACKNOWLEDGE: seen.status is AlertStatus.ACKNOWLEDGED,
        Wish.CLOSE: not seen.status.is_open,
        Wish.UPDATE: any(text.stamp >= asked.stamp for _, text in head.texts) or not seen.status.is_open,
    }[asked.wish]
    return (
        Outcome(is_success=True, status=_DONE[asked.wish], alert_id=seen.id, alias=head.key)
        if folded or as_asked
        else None
    )
