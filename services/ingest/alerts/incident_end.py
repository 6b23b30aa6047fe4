"""What the end or reopening of an incident does to its alerts: messages like any other, in stamp order with theirs."""

from __future__ import annotations

from collections.abc import Iterable

from services.ingest.alerts.fold import Head, Occurrence
from services.ingest.catalogue_copy.routing import Directory
from services.ingest.incident_copies.ending import Ending, IncidentState
from services.ingest.intake.message import Origin, QueuedAlert
from services.ingest.normalisation.alert import Action
from services.ingest.normalisation.normalise import cut_to_millis
from shared.events import Event
from shared.ids import derive_id


def own_alerts(heads: Iterable[Head], ending: Ending, siblings: Iterable[IncidentState]) -> list[Head]:
    """Those of these heads of the part's group whose alert is its own; `siblings` are the group's open incidents.

    A group has several incidents when an alert came while the one before was being resolved.
    """
    part = ending.part
    before = (one for one in siblings if (one.created_at, one.id) < (part.created_at, part.id))
    floor = max((one.last_joined for one in before if one.last_joined is not None), default="")
    return [
        head
        for head in heads
        if head.occurrence is not None
        and floor < head.occurrence.opened
        and (ending.upto is None or head.occurrence.opened <= ending.upto)
    ]


def resolves(heads: Iterable[Head], ending: Ending, event: Event, directory: Directory) -> list[QueuedAlert]:
    """The messages that end the visible alerts of these heads; `event` is what told of it, and `directory` knows how
    long repeats are quiet then.
    """
    at = cut_to_millis(ending.at)
    stamp = f"{int(at.timestamp() * 1000):012x}0000-{derive_id(ending.incident_id)[:6]}.0000"
    origin = Origin(at=at, correlation=event.correlationid, traceparent=event.traceparent)
    return [
        QueuedAlert(
            head=head.id,
            stamp=stamp,
            action=Action.RESOLVE,
            source=head.source,
            key=head.key,
            content=head.occurrence.content,
            origin=origin,
            ends_at=at,
            until=at + directory.grace(_service_of(head.occurrence, directory)),
        )
        for head in heads
        if head.occurrence is not None
    ]


def reopens(heads: Iterable[Head], ending: Ending, event: Event) -> list[QueuedAlert]:
    """The messages that tell these heads that their incident was reopened: what their senders say counts at once."""
    at = cut_to_millis(ending.at)
    stamp = f"{int(at.timestamp() * 1000):012x}0001-{derive_id(ending.incident_id)[:6]}.0000"
    return [
        QueuedAlert(
            head=head.id,
            stamp=stamp,
            action=Action.REOPEN,
            source=head.source,
            key=head.key,
            content=head.occurrence.content,
            origin=Origin(
                at,
                head.integration_id,
                head.occurrence.service_id,
                event.correlationid,
                event.traceparent,
                teams=head.occurrence.teams,
            ),
            claim=head.occurrence.claim,
            ends_at=at,
            drill_id=head.drill_id,
            prediction_id=head.prediction_id,
        )
        for head in heads
        if head.occurrence is not None
    ]


def _service_of(seen: Occurrence, directory: Directory) -> str | None:
    """The alert's service; the catalogue may have learnt of it since the alert came."""
    return directory.find(seen.claim, seen.service_id, seen.content.labels, seen.teams)
