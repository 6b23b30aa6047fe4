"""What of an incident must not leave the house. Pure.

Drills and imported incidents never reach a public page, a subscriber or a stakeholder, and neither does a forecast of
low urgency, of which nothing has come yet. People who are on call are paged for a drill, in a message that says so.
"""

from __future__ import annotations

from enum import StrEnum

from shared.events.incidents import IncidentFact
from shared.vocabulary import Urgency


class NotPublic(StrEnum):
    """Why nobody outside hears of an incident; also the slug of the refusal."""

    DRILL = "drill"
    IMPORTED = "imported_incident"
    FORECAST = "low_urgency_prediction"


def why_not_public(incident: IncidentFact) -> NotPublic | None:
    """Why nobody outside hears of this incident; None when they may."""
    if incident.drill_id is not None:
        return NotPublic.DRILL
    if incident.imported:
        return NotPublic.IMPORTED
    if incident.prediction_id is not None and incident.urgency is Urgency.LOW:
        return NotPublic.FORECAST
    return None
