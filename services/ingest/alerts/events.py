"""How an alert is told to others: the event's fact, and what HTTP answers."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from services.ingest.alerts.batch import AlertEvent, Draft
from services.ingest.alerts.fold import Head, Occurrence
from services.ingest.catalogue_copy.routing import service_note, shown_service
from services.ingest.grouping.group import is_founder
from shared.bus.topology import FIRST
from shared.events import make
from shared.events.alerts import AlertFact, EffectOf, Link
from shared.outbox.aggregates import Outgoing
from shared.vocabulary import AlertStatus, Category, Severity


class LinkView(BaseModel):
    """A link of an alert."""

    href: str
    text: str


class AlertView(BaseModel):
    """One alert, as `GET /alerts` shows it."""

    id: str
    dedup_key: str
    source: str
    service: str
    """The service's id, else the sender's word for it, else `unrouted`."""
    title: str
    description: str
    severity: Severity
    category: Category
    status: AlertStatus
    incident_id: str | None
    starts_at: datetime
    ends_at: datetime | None
    count: int
    held_until: datetime | None
    """It was said to fire again soon after it was resolved: then another alert opens, unless it is resolved again."""
    labels: dict[str, str]
    links: list[LinkView]
    mended: list[str]
    """What was mended on the way in, in words."""
    integration_id: str | None
    group_id: str
    effect_of: EffectOf | None
    """The incident that it joined instead of one of its own; null: it stands for itself."""
    drill_id: str | None
    prediction_id: str | None
    """The prediction that it tells of: nothing has failed yet."""


def fact(head: Head, occurrence: Occurrence, stamp: str) -> AlertFact:
    """The state of an alert as events tell it. `stamp` is that of the message folded last."""
    content = occurrence.content
    return AlertFact(
        id=occurrence.id,
        dedup_key=head.key,
        integration_id=head.integration_id,
        source=head.source,
        title=content.title,
        description=content.description,
        severity=content.severity,
        category=content.category,
        status=occurrence.status,
        service_id=occurrence.service_id,
        service_claim=occurrence.claim,
        labels=dict(content.labels),
        links=[Link(href=href, text=text) for href, text in content.links],
        starts_at=occurrence.starts_at,
        ends_at=occurrence.ends_at,
        count=occurrence.count,
        mended=_notes_of(occurrence),
        group_id=occurrence.group_id,
        effect_of=_cause(occurrence),
        stamp=stamp,
        drill_id=head.drill_id,
        prediction_id=head.prediction_id,
        opens_incident=content.opens_incident,
        teams=list(occurrence.teams),
    )


def event(head: Head, draft: Draft, occurrence: Occurrence, now: datetime) -> Outgoing:
    """The event of a draft whose group is known; the first alert of a group goes ahead of any queue."""
    made = make(
        draft.kind,
        subject=occurrence.id,
        sequence=draft.sequence,
        time=now,
        data=fact(head, occurrence, draft.cause.stamp),
        correlation=draft.cause.origin.correlation,
        traceparent=draft.cause.origin.traceparent,
    )
    is_first = draft.kind is AlertEvent.OPENED and is_founder(occurrence.group_id, occurrence.id)
    return Outgoing(made, made.type + FIRST if is_first else made.type)


def view(head: Head, occurrence: Occurrence, incident_id: str | None) -> AlertView:
    """An alert as lists show it."""
    content = occurrence.content
    return AlertView(
        id=occurrence.id,
        dedup_key=head.key,
        source=head.source,
        service=shown_service(occurrence.service_id, occurrence.claim),
        title=content.title,
        description=content.description,
        severity=content.severity,
        category=content.category,
        status=occurrence.status,
        incident_id=incident_id,
        starts_at=occurrence.starts_at,
        ends_at=occurrence.ends_at,
        count=occurrence.count,
        held_until=head.lapses_at if occurrence.status is AlertStatus.RESOLVED else None,
        labels=dict(content.labels),
        links=[LinkView(href=href, text=text) for href, text in content.links],
        mended=_notes_of(occurrence),
        integration_id=head.integration_id,
        group_id=occurrence.group_id,
        effect_of=_cause(occurrence),
        drill_id=head.drill_id,
        prediction_id=head.prediction_id,
    )


def _cause(occurrence: Occurrence) -> EffectOf | None:
    cause = occurrence.effect_of
    if cause is None:
        return None
    return EffectOf(incident_id=cause.incident_id, service_id=cause.service_id, path=list(cause.path))


def _notes_of(occurrence: Occurrence) -> list[str]:
    """What the reader mended, and what routing had to."""
    note = service_note(occurrence.service_id, occurrence.claim)
    return [*occurrence.content.mended, *([note] if note else [])]
