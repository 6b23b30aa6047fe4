"""Which status an incident may move to: one table, and nothing else decides it.

From triggered to any other open status is the acknowledgement. Among the four at work one moves freely. Any open one
may be resolved; resolved is closed or reopened into investigating; closed is final. Only the time-out of an
acknowledgement brings back triggered.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from shared.vocabulary import IncidentStatus

WORKING = (
    IncidentStatus.ACKNOWLEDGED,
    IncidentStatus.INVESTIGATING,
    IncidentStatus.IDENTIFIED,
    IncidentStatus.MONITORING,
)
"""The open statuses in which somebody has it in hand."""
_OPEN = (IncidentStatus.TRIGGERED, *WORKING)


class Move(StrEnum):
    """What a change of status means."""

    SAME = "same"
    ACKNOWLEDGE = "acknowledge"
    WORK = "work"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    ACK_TIMEOUT = "ack_timeout"


MOVES: Mapping[tuple[IncidentStatus, IncidentStatus], Move] = {
    **{(IncidentStatus.TRIGGERED, to): Move.ACKNOWLEDGE for to in WORKING},
    **{(came, to): Move.WORK for came in WORKING for to in WORKING if came is not to},
    **{(came, IncidentStatus.RESOLVED): Move.RESOLVE for came in _OPEN},
    (IncidentStatus.RESOLVED, IncidentStatus.CLOSED): Move.CLOSE,
    (IncidentStatus.RESOLVED, IncidentStatus.INVESTIGATING): Move.REOPEN,
    (IncidentStatus.ACKNOWLEDGED, IncidentStatus.TRIGGERED): Move.ACK_TIMEOUT,
}


def judge_move(came: IncidentStatus, to: IncidentStatus, *, timed_out: bool = False) -> Move | None:
    """What moving from `came` to `to` means; None when it is not allowed.

    `timed_out`: it is the acknowledgement's own time-out that asks; nobody else may go back to triggered.
    """
    if came is to:
        return Move.SAME
    found = MOVES.get((came, to))
    if found is Move.ACK_TIMEOUT and not timed_out:
        return None
    return found
