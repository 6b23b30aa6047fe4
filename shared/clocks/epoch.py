"""The beginning of Unix time, and instants as whole milliseconds since then, as the database keeps them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Also what stands before all that can have happened, where a query needs such an instant."""

_MILLISECOND = timedelta(milliseconds=1)


def to_millis(moment: datetime) -> int:
    """Milliseconds since 1970; what is left of one is cut off."""
    return (moment - EPOCH) // _MILLISECOND


def from_millis(millis: int) -> datetime:
    """The instant, in UTC. Raises `OverflowError` for one that no calendar has."""
    return EPOCH + timedelta(milliseconds=millis)
