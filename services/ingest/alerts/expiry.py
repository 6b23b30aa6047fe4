"""When the time passes up to which an alert was said to fire, and its sender says nothing; or when what was held has
waited long enough: the messages that tell it.

A lapse is stamped with the present, so a trigger that is still in the queue comes before it, and its newer promise
makes the lapse nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.ingest.alerts.fold import Head
from services.ingest.intake.message import Origin, QueuedAlert, first_stamp
from services.ingest.normalisation.alert import Action
from shared.ids import derive_id


def expiry_alerts(heads: Iterable[Head], now: datetime) -> list[QueuedAlert]:
    """The messages that end what expires by now of these heads."""
    return [
        QueuedAlert(
            head=head.id,
            stamp=f"{first_stamp(now)}ffff-{derive_id(head.id)[:6]}.0000",
            action=Action.LAPSE,
            source=head.source,
            key=head.key,
            content=head.occurrence.content,
            origin=Origin(now, head.integration_id, head.occurrence.service_id, teams=head.occurrence.teams),
            claim=head.occurrence.claim,
            ends_at=head.lapses_at,
            until=head.standing().until,
            drill_id=head.drill_id,
            prediction_id=head.prediction_id,
        )
        for head in heads
        if head.occurrence is not None and head.lapses_at is not None and head.lapses_at <= now
    ]
