"""The story that the examples tell: when it begins and what its incident is called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.ids import derive_id

BEGAN = datetime(2026, 3, 29, 0, 59, 58, 250_000, tzinfo=UTC)
"""When the story begins."""

INCIDENT = "INC-20260329-0001"
CAUSE = derive_id("alert.opened.v1", "example")


def at(seconds: float) -> datetime:
    """So many seconds into the story."""
    return BEGAN + timedelta(seconds=seconds)
