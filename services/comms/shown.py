"""What a message that was handed over should say by now: whether its incident was answered, and by whom.

It follows the newest fact about the incident, so whatever the order in which messages are brought up to date, the last
one is right. The first acknowledgement is the one that has a name: a page of a later generation may have been answered
by somebody else, and then no name is better than a wrong one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.comms.answering import no_longer_wanted, standing_of
from services.comms.delivery import Reason

BY_ITSELF = "auto"
"""How the incident service calls an incident's own end."""


class ShownState(StrEnum):
    """What became of the incident of a message."""

    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a message says of its incident; `by` is the name or id of who did it, empty where that is not known."""

    state: ShownState
    by: str = ""


def shown_of(fact: Mapping[str, Any], generation: int, now: datetime) -> Shown | None:
    """What a message of this generation says, from the newest `IncidentFact`'s members; None: it still asks."""
    match no_longer_wanted(standing_of(fact), generation, now):
        case Reason.MERGED:
            return Shown(ShownState.MERGED)
        case Reason.RESOLVED:
            by = fact.get("resolved_by") or ""
            return Shown(ShownState.RESOLVED, "" if by == BY_ITSELF else by)
        case Reason.ANSWERED:
            return Shown(ShownState.ACKNOWLEDGED, (fact.get("acknowledged_by") or "") if generation == 1 else "")
        case _:
            return None
