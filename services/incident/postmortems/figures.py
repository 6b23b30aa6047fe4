"""The figures of an incident that its post-mortem opens with, always read from the times as they stand now.

Detection is from the first alert's start to the incident; what was begun by hand has none. What has not happened yet
is pending, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from services.incident.incidents.incident import Incident


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted beside the incident's own document."""

    first_alert_at: datetime | None = None
    """When the first of its alerts began to fire, as the sender says."""
    pages: int = 0
    """Times that somebody was paged, or could not be."""
    escalations: int = 0
    """Steps of escalation that the timeline tells of."""


class Figures(BaseModel):
    """Durations in seconds; None: pending, or there is none."""

    detection_seconds: float | None
    time_to_acknowledge_seconds: float | None
    time_to_resolve_seconds: float | None
    alerts: int
    pages: int
    escalations: int


def figures_of(incident: Incident, counted: Counted) -> Figures:
    """The figures of an incident."""
    return Figures(
        detection_seconds=_between(counted.first_alert_at, incident.created_at),
        time_to_acknowledge_seconds=_between(incident.created_at, incident.acknowledged_at),
        time_to_resolve_seconds=_between(incident.created_at, incident.resolved_at),
        alerts=incident.alerts.count,
        pages=counted.pages,
        escalations=counted.escalations,
    )


def _between(start: datetime | None, end: datetime | None) -> float | None:
    if start is None or end is None:
        return None
    # a sender's clock may be ahead of ours: nothing was detected before it began
    return max(0.0, (end - start).total_seconds())


def spell_duration(seconds: float | None) -> str:
    """A duration as people say it: two units at most, `pending` for None."""
    if seconds is None:
        return "pending"
    rest = round(seconds)
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
