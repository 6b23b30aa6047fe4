"""The canary's alert: as ingest takes it in, and as its event tells it."""

from __future__ import annotations

from datetime import datetime

from services.ingest.intake.message import QueuedAlert
from services.ingest.normalisation.alert import Action, ReceivedAlert
from services.ingest.normalisation.content import Content
from shared.events import Event, make
from shared.events.alerts import AlertFact
from shared.ids import derive_id
from shared.vocabulary import TOCSIN, AlertStatus, Category, Severity

KEY = "canary"


def canary_alert() -> ReceivedAlert:
    """As a sender would send it."""
    content = Content(
        title="Canary", description="", severity=Severity.LOW, category=Category.FAILURE, labels={}, links=(), mended=()
    )
    return ReceivedAlert(action=Action.TRIGGER, source=TOCSIN, content=content, key=KEY, service=TOCSIN)


def canary_opened(taken: QueuedAlert, incident_id: str, sequence: int, now: datetime) -> Event:
    """The event of a canary that was taken in; the same canary tells the same event.

    It says `suppressed`, so an incident service of a release that knows no canaries opens nothing for it.
    """
    fact = AlertFact(
        id=derive_id("canary", taken.stamp),
        dedup_key=taken.key,
        source=taken.source,
        title=taken.content.title,
        severity=taken.content.severity,
        category=taken.content.category,
        status=AlertStatus.SUPPRESSED,
        service_id=TOCSIN,
        service_claim=taken.claim,
        starts_at=taken.origin.at,
        group_id=incident_id,
        stamp=taken.stamp,
    )
    return make(
        "alert.opened.v1",
        subject=fact.id,
        sequence=sequence,
        time=now,
        data=fact,
        id=derive_id("canary.opened", fact.id),
    )
