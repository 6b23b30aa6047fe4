"""The alerts of an incident, as the incident service keeps them: one member an alert, the newest state wins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from services.incident.incidents.incident import Alerts, Incident
from shared.events import Fact
from shared.events.alerts import AlertFact
from shared.events.incidents import LONGEST_CAUSE_LABEL, MOST_CAUSE_LABELS, PagingAlert
from shared.ids import derive_id
from shared.text.patterns import LONGEST_TEXT
from shared.vocabulary import AlertStatus, Severity

MAX_MEMBER_TITLE = 200

_FIRING = (AlertStatus.FIRING, AlertStatus.ACKNOWLEDGED)


class Member(Fact):
    """One alert of one incident. `number` counts from 1 in the order they joined; `seq` is the event's sequence."""

    alert_id: str
    incident_id: str
    number: int
    seq: int
    status: AlertStatus
    severity: Severity
    title: str
    source: str = ""
    fingerprint: str
    starts_at: datetime
    ends_at: datetime | None = None
    joined_at: datetime

    @property
    def firing(self) -> bool:
        """It fires, whether or not somebody acknowledged it where it came from."""
        return self.status in _FIRING


def fires(fact: AlertFact) -> bool:
    """An alert that somebody has to look at: not muted, not stale, not over."""
    return fact.status in _FIRING


def deserves_incident(fact: AlertFact) -> bool:
    """An alert that has been firing: also one that fell silent since, whose earlier events may still come."""
    return fires(fact) or fact.status is AlertStatus.STALE


def fingerprint_of(incident_id: str, fact: AlertFact) -> str:
    """What makes an alert new to an incident: its key, scoped by the integration; each occurrence has the same."""
    return derive_id(incident_id, fact.integration_id or "", fact.dedup_key)


def key_of(fact: AlertFact) -> str:
    """What an alert is known by in whatever incident: its key, scoped by the integration, in a form of one length."""
    return derive_id(fact.integration_id or "", fact.dedup_key)


def number_in(incident: Incident, member: Member) -> int:
    """The number that a member has in this incident, which may have absorbed the one that it joined."""
    if member.incident_id == incident.id:
        return member.number
    return member.number + next((one.offset for one in incident.absorbed if one.id == member.incident_id), 0)


def member_of(incident_id: str, number: int, fact: AlertFact, sequence: int, joined_at: datetime) -> Member:
    """The member that this state of an alert is."""
    return Member(
        alert_id=fact.id,
        incident_id=incident_id,
        number=number,
        seq=sequence,
        status=fact.status,
        severity=fact.severity,
        title=fact.title[:MAX_MEMBER_TITLE],
        source=fact.source,
        fingerprint=fingerprint_of(incident_id, fact),
        starts_at=fact.starts_at,
        ends_at=fact.ends_at,
        joined_at=joined_at,
    )


def paging_alert(fact: AlertFact) -> PagingAlert:
    """What others are told of the alert for which people are paged: what triggers of runbooks ask for."""
    labels = islice(fact.labels.items(), MOST_CAUSE_LABELS)
    return PagingAlert(
        id=fact.id,
        title=fact.title[:LONGEST_TEXT],
        severity=fact.severity,
        category=fact.category,
        service_id=fact.service_id,
        labels={name: value for name, value in labels if len(name) + len(value) <= LONGEST_CAUSE_LABEL},
    )


def recount(
    alerts: Alerts, changes: Sequence[tuple[Member | None, Member]], *, effects: int, last: str | None
) -> Alerts:
    """The counts after members went from one state (None: it joined) to another.

    So many `effects` are among those that joined; `last` is the latest order stamp with which one did.
    """
    return Alerts(
        count=alerts.count + sum(old is None for old, _ in changes),
        firing=alerts.firing + sum(new.firing - (old is not None and old.firing) for old, new in changes),
        open=alerts.open + sum(new.status.is_open - (old is not None and old.status.is_open) for old, new in changes),
        effects=alerts.effects + effects,
        last=last,
    )
