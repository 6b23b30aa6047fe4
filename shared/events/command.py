"""What the incident service tells of how an incident is led: roles that change hands, and SLA clocks that turn."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from shared.events.envelope import Fact
from shared.vocabulary import Priority


class SlaClock(StrEnum):
    """The two clocks of an incident."""

    RESPONSE = "response"
    RESOLUTION = "resolution"


class ClockState(StrEnum):
    """Where a clock stands."""

    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    MET = "met"


class SlaTurned(Fact):
    """A clock of an incident went to another state."""

    incident_id: str
    clock: SlaClock
    state: ClockState
    due_at: datetime
    at: datetime
    priority: Priority
    service_id: str | None = None
    team: str | None = None
    drill_id: str | None = None
    imported: bool = False


class RoleAssigned(Fact):
    """Somebody holds a role in an incident from now on: the new holder is told, with the role's duties."""

    incident_id: str
    title: str
    """The incident's."""
    role: str
    role_name: str
    """The role as people read it."""
    duties: list[str] = []
    user_id: str
    previous_user_id: str | None = None
    """Who handed it over."""
    by: str
    at: datetime
    drill_id: str | None = None
    imported: bool = False
