"""What of an alert and of a page is kept for counting: neither text nor labels nor what a provider said."""

from __future__ import annotations

from datetime import datetime

from shared.events import Event, Fact
from shared.events.alerts import AlertFact
from shared.events.communication import ImpactFact, ImpactState
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


LASTS = datetime.fromisoformat("9999-12-31T00:00:00+00:00")
"""Where a copy says until when something was that goes on."""


class CountedImpact(Fact):
    """A span in which a component of a status page was not operational, as reports count it."""

    id: str
    service_ids: list[str] = []
    component_name: str
    state: ImpactState
    started_at: datetime
    until: datetime


def as_counted_impact(event: Event, fact: ImpactFact) -> Event:
    """The event as the copy of impact periods takes it."""
    counted = CountedImpact(
        id=fact.id,
        service_ids=fact.service_ids,
        component_name=fact.component_name,
        state=fact.state,
        started_at=fact.started_at,
        until=fact.ended_at or LASTS,
    )
    return event.changed(data=counted)


def as_counted(event: Event, fact: AlertFact) -> Event:
    """The event as the copy of alerts takes it."""
    return event.changed(data=CountedAlert.model_validate(fact, from_attributes=True))


def as_counted_page(event: Event, fact: PageResult) -> Event:
    """The event as the copy of pages takes it."""
    return event.changed(data=PageOutcome.model_validate(fact, from_attributes=True))
