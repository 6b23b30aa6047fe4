"""What of an incident and of an alert is copied: of an incident all while it is open, its id once it is not."""

from __future__ import annotations

from datetime import datetime

from shared.events import Event, Fact
from shared.events.alerts import AlertFact
from shared.events.incidents import IncidentFact
from shared.text.patterns import LONGEST_TEXT
from shared.triggers.matching import MatchedAlert
from shared.vocabulary import AlertStatus, Category, Severity


class Over(Fact):
    """An incident that is resolved or closed: nothing is started for it any more. It may be reopened."""

    id: str
    deleted: bool = True


class KnownAlert(Fact):
    """As much of an alert as runbooks ask for."""

    id: str
    group_id: str
    effect_of: str | None = None
    """The incident that it joins instead of one of its own."""
    title: str
    severity: Severity
    category: Category
    status: AlertStatus
    service_id: str | None = None
    source: str = ""
    dedup_key: str = ""
    labels: dict[str, str] = {}
    starts_at: datetime

    def matched(self) -> MatchedAlert:
        """What triggers ask of it."""
        return MatchedAlert(self.id, self.title, self.severity, self.category, self.service_id, self.labels)


def as_copied(event: Event, fact: IncidentFact) -> Event:
    """The event as the copy of open incidents takes it."""
    return event if fact.status.is_open else event.changed(data=Over(id=fact.id))


def is_old(event: Event, fact: IncidentFact) -> bool:
    """True of an incident that was over when it was imported: nothing was ever to be started for it."""
    return fact.imported and not fact.status.is_open and event.sequence == 1


def known_alert(fact: AlertFact) -> KnownAlert:
    """An alert as it is copied."""
    return KnownAlert(
        id=fact.id,
        group_id=fact.group_id,
        effect_of=fact.effect_of.incident_id if fact.effect_of is not None else None,
        title=fact.title[:LONGEST_TEXT],
        severity=fact.severity,
        category=fact.category,
        status=fact.status,
        service_id=fact.service_id,
        source=fact.source,
        dedup_key=fact.dedup_key,
        labels=fact.labels,
        starts_at=fact.starts_at,
    )


def may_join(incident: IncidentFact, alert: KnownAlert) -> bool:
    """True of an alert that is this incident's, as far as both know: by its group, or as an effect."""
    if alert.effect_of is not None:
        return alert.effect_of == incident.id
    return incident.group_id is not None and alert.group_id == incident.group_id


def chosen_alert(alerts: list[KnownAlert]) -> KnownAlert | None:
    """The alert whose labels fill a run in where nobody said which: the first that fires, else the first."""
    ordered = sorted(alerts, key=lambda one: (one.status is not AlertStatus.FIRING, one.starts_at, one.id))
    return ordered[0] if ordered else None
