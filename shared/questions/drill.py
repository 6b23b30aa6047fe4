"""What a past incident was like, for a drill that plays it again: the gateway asks the incident service for on-call."""

from __future__ import annotations

from datetime import datetime

from shared.events.envelope import Fact
from shared.vocabulary import Category, Severity

SCENARIO = "/drill/scenario"
"""Where the incident service is asked."""
MOST_ALERTS = 100
"""As many alerts of an incident are played again: the first that joined."""


class ScenarioQuestion(Fact):
    """Which incident."""

    incident_id: str


class PastAlert(Fact):
    """An alert of it. `ended_at` is None for one that did not end before the incident did."""

    title: str
    severity: Severity
    joined_at: datetime
    ended_at: datetime | None = None


class PastIncident(Fact):
    """The incident, and its alerts in the order in which they joined."""

    id: str
    title: str
    severity: Severity
    category: Category
    service_id: str | None = None
    created_at: datetime
    alerts: list[PastAlert] = []
