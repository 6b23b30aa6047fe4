"""What of an alert and of a page is kept for counting: neither text nor labels nor what a provider said."""

from __future__ import annotations

from datetime import datetime

from shared.events import Event, Fact
from shared.events.alerts import AlertFact
from shared.events.oncall import PageResult, PageState
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


class PageOutcome(Fact):
    """A page that was handed over, as reports count it."""

    page_id: str
    incident_id: str
    user_id: str
    state: PageState
    at: datetime
    time_zone: str = "UTC"


def as_counted(event: Event, fact: AlertFact) -> Event:
    """The event as the copy of alerts takes it."""
    return event.changed(data=CountedAlert.model_validate(fact, from_attributes=True))


def as_counted_page(event: Event, fact: PageResult) -> Event:
    """The event as the copy of pages takes it."""
    return event.changed(data=PageOutcome.model_validate(fact, from_attributes=True))
