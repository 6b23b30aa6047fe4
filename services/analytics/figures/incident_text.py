"""What is shown of an incident in a list of those that a figure is made of. Pure."""

from __future__ import annotations

from shared.stored import Stored
from shared.vocabulary import Category, IncidentStatus, Priority, Severity


class IncidentText(Stored):
    """Its members are those of `IncidentFact`."""

    title: str
    status: IncidentStatus
    severity: Severity
    priority: Priority
    category: Category
    service_id: str | None = None
    team: str | None = None
