"""What of an alert is kept for counting: neither its text nor its labels."""

from __future__ import annotations

from datetime import datetime

from shared.events import Event, Fact
from shared.events.alerts import AlertFact
from shared.vocabulary import AlertStatus, Category, Severity


class CountedAlert(Fact):
    """One occurrence of an alert, as reports count it."""

    id: str
    group_id: str
    service_id: str | None = None
    source: str
    severity: Severity
    category: Category
    status: AlertStatus
    starts_at: datetime
    ends_at: datetime | None = None
    drill_id: str | None = None


def as_counted(event: Event, fact: AlertFact) -> Event:
    """The event as the copy of alerts takes it."""
    return event.changed(data=CountedAlert.model_validate(fact, from_attributes=True))
