"""What ingest tells of alerts."""

from __future__ import annotations

from datetime import datetime

from shared.events.envelope import Fact
from shared.vocabulary import AlertStatus, Category, Severity


class Link(Fact):
    """A place to look."""

    href: str
    text: str = ""


class EffectOf(Fact):
    """The open incident that an alert is an effect of: the service needs, over hard edges only, the one that has it."""

    incident_id: str
    service_id: str
    """The service that has the incident."""
    path: list[str]
    """From the alert's own service to that one."""


class AlertFact(Fact):
    """One occurrence of an alert, from the moment it began to fire until it is resolved."""

    id: str
    """Of this occurrence; the same key firing again after a resolve has another one."""
    dedup_key: str
    integration_id: str | None = None
    source: str
    title: str
    description: str = ""
    severity: Severity
    category: Category
    status: AlertStatus
    service_id: str | None = None
    """The service, where ingest knows it."""
    service_claim: str | None = None
    """The words by which the sender named the service, where it did."""
    labels: dict[str, str] = {}
    links: list[Link] = []
    starts_at: datetime
    ends_at: datetime | None = None
    count: int = 1
    mended: list[str] = []
    """What was mended on the way in, in words."""
    group_id: str
    """Alerts of one group belong to one incident."""
    effect_of: EffectOf | None = None
    """The incident that it joins instead of one of its own, if that is still open."""
    stamp: str
    """The order stamp of the sender's message that was folded last."""
    drill_id: str | None = None
    prediction_id: str | None = None
    """The prediction that it tells of: nothing has failed yet."""
    teams: list[str] = []
    """The teams that its sender's key is limited to: no other team's service is meant. None: any may be."""
    opens_incident: bool = True
    """False for one whose sender says that its severity is none: it is kept, and is nothing to be done about."""
