"""A rehearsal goes the way of an alert: ingest tells what its alerts would be, the incident service what incidents they
would be in, on-call who would be paged. Nobody stores anything.

The gateway carries each answer to the next one. Open incidents count as they are now; for an instant that is past
nothing is open.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from shared.events.alerts import AlertFact
from shared.events.envelope import Fact
from shared.events.incidents import IncidentFact
from shared.vocabulary import AlertStatus

ALERTS = "/rehearsal/alerts"
"""Where ingest is asked."""
INCIDENTS = "/rehearsal/incidents"
"""Where the incident service is asked."""
MOST_ALERTS = 100
"""As many alerts are rehearsed at once."""


class RehearsedIntegration(Fact):
    """The integration as whose the alerts are taken."""

    id: str
    kind: str | None = None
    service_id: str | None = None
    teams: list[str] = []


class AlertsQuestion(Fact):
    """What a body of alerts would become."""

    alert: Any
    """As its sender would deliver it, parsed."""
    source: str | None = None
    integration: RehearsedIntegration | None = None
    at: datetime
    is_past: bool = False


class AlertTold(Fact):
    """An event that ingest would tell of an alert."""

    type: str
    sequence: int
    fact: AlertFact


class RehearsedAlert(Fact):
    """What becomes of one alert at ingest."""

    dedup_key: str
    title: str
    service: str
    """Its service's id, else the sender's word for it, else `unrouted`."""
    status: AlertStatus
    told: str
    """What its last message did to it, as a slug."""
    grouped: str | None = None
    """Why it is in its group, as a slug; None: it was in it before, or is in none."""
    events: list[AlertTold] = []
    """Empty: nothing would be told of it."""


class AlertsAnswer(Fact):
    """The alerts of the body."""

    alerts: list[RehearsedAlert]


class IncidentsQuestion(Fact):
    """Which incidents these alerts would be in, or how a past incident would begin today."""

    alerts: Annotated[list[RehearsedAlert], Field(max_length=MOST_ALERTS)] = []
    incident_id: str | None = None
    at: datetime
    is_past: bool = False


class RehearsedIncident(Fact):
    """An incident as it would be after the alerts."""

    fact: IncidentFact
    sequence: int
    opens: bool
    """It begins with them; its id is made up. Else they join it."""


class PlacedAlert(Fact):
    """An alert, and the incident that it is in."""

    dedup_key: str
    title: str
    service: str
    status: AlertStatus
    told: str
    grouped: str | None = None
    reason: str | None = None
    """What it does to its incident, as a slug; None: nothing was told of it."""
    incident: int | None = None
    """Its place in `incidents`, from 0; None: it is in none."""


class IncidentsAnswer(Fact):
    """The incidents, and where each alert is."""

    incidents: list[RehearsedIncident]
    alerts: list[PlacedAlert] = []
