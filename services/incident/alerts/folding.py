"""What each of the alert events that came together does to the incident that it belongs to.

They are taken one after the other: a member's newest state counts, and an event that is not newer changes nothing. What
follows from all of them together is decided in `settling`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.incident.catalogue.rating_defaults import UrgencyRule, priority_for
from services.incident.catalogue.service_definition import Service
from services.incident.incidents.alert_member import (
    Member,
    deserves_incident,
    fingerprint_of,
    key_of,
    member_of,
    number_in,
    paging_alert,
    recount,
)
from services.incident.incidents.commands import place_on
from services.incident.incidents.incident import MAX_TEXT, MAX_TITLE, Incident
from shared.events import Event
from shared.events.alerts import AlertFact, EffectOf
from shared.events.incidents import EffectFact, Paging
from shared.ids import stamp_time
from shared.vocabulary import BURN_SOURCE, AlertStatus, IncidentStatus

MOST_EFFECTS = 50
"""As many services are kept by name whose alerts joined an incident as effects."""
MOST_KEYS = 5
"""As many of its alerts an incident is known by in times to come."""


class Reason(StrEnum):
    """What became of one alert event."""

    OPEN_NEW = "open_new"
    BORN_RESOLVED = "born_resolved"
    JOIN = "join"
    JOIN_PAGE_AGAIN = "join_page_again"
    JOIN_AS_EFFECT = "join_as_effect"
    """Its service needs, over hard edges, the one whose incident it is: people who have the cause need no page."""
    ATTACH = "attach"
    MEMBER_UPDATE = "member_update"
    REPEAT = "repeat"
    NOT_FIRING = "not_firing"
    OPENS_NO_INCIDENT = "opens_no_incident"
    """Its sender says that it is none."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One alert event."""

    event: Event
    fact: AlertFact
    is_first: bool = False
    """It was told as the first one of its group: no incident is known of it, unless it is told again."""

    @property
    def order(self) -> tuple[str, str, int]:
        """Arrivals are decided in the order of their senders' stamps."""
        return self.fact.stamp, self.fact.id, self.event.sequence

    @property
    def begins_incident(self) -> bool:
        """Where nothing is known of its group, an incident begins with it."""
        fact = self.fact
        return fact.effect_of is None and fact.opens_incident and fact.status.is_open and deserves_incident(fact)


@dataclass(frozen=True, slots=True)
class Taken:
    """One alert event that was taken: what became of it, and the member before and after it.

    `member` is None when the event told nothing new; `old` is None when the alert joined by it.
    """

    arrival: Arrival
    reason: Reason
    old: Member | None = None
    member: Member | None = None
    effect_of: EffectOf | None = None

    @property
    def is_new(self) -> bool:
        """The alert joined by it."""
        return self.member is not None and self.old is None

    @property
    def joins(self) -> bool:
        """The alert joined by it, other than as an effect."""
        return self.is_new and self.effect_of is None

    @property
    def title(self) -> str:
        """The alert's, as its member has it."""
        return self.member.title if self.member is not None else self.arrival.fact.title


@dataclass(frozen=True, slots=True)
class Batch:
    """What some alert events do to one incident: as it was before them (None: it begins), and with all of them counted.

    `touched` are the members that they changed, by alert, in the order of their first event.
    """

    before: Incident | None
    after: Incident
    taken: tuple[Taken, ...]
    touched: Mapping[str, Member]
    at: datetime

    @property
    def joined(self) -> list[Taken]:
        """The alerts that joined, other than as effects."""
        return [one for one in self.taken if one.joins]

    @property
    def effects(self) -> list[Taken]:
        """The alerts that joined as effects."""
        return [one for one in self.taken if one.reason is Reason.JOIN_AS_EFFECT]

    @property
    def worst(self) -> Arrival | None:
        """The event that told the worst severity, of several the first; also one that told nothing new besides."""
        return min((one.arrival for one in self.taken), key=_rank, default=None)

    @property
    def pages_again(self) -> Arrival | None:
        """The first event for which people are to be paged again."""
        return next((one.arrival for one in self.taken if one.reason is Reason.JOIN_PAGE_AGAIN), None)

    @property
    def acknowledged(self) -> Member | None:
        """The last alert, no effect, that somebody acknowledged where it came from."""
        found = (one.member for one in reversed(self.taken) if one.effect_of is None and _is_acknowledged(one))
        return next(found, None)


def begin(id: str, arrival: Arrival, service: Service, earlier: int, now: datetime) -> Incident:
    """The incident that this alert opens, before it is counted; its group had `earlier` ones before."""
    fact = arrival.fact
    placed = place_on(service, now)
    is_burn = fact.source == BURN_SOURCE
    if fact.prediction_id is not None or is_burn:
        # nothing has failed yet, however urgent the service is; and when it turned, nobody has anything to do
        placed |= {"urgency_rule": UrgencyRule.BY_PRIORITY, "auto_resolve_after_seconds": 0}
    return Incident(
        id=id,
        title=fact.title[:MAX_TITLE],
        description=fact.description[:MAX_TEXT],
        severity=fact.severity,
        priority=priority_for(fact.severity, fact.category),
        category=fact.category,
        group_id=fact.group_id,
        group_place=earlier,
        paging=Paging(cause=arrival.event.id, cause_at=stamp_time(fact.stamp), alert=paging_alert(fact)),
        drill_id=fact.drill_id,
        prediction_id=fact.prediction_id,
        budget_of=fact.service_id if is_burn else None,
        created_at=now,
        began_at=fact.starts_at,
        first_entered={IncidentStatus.TRIGGERED: now},
        **placed,
    )


def fold(
    incident: Incident,
    arrivals: Iterable[Arrival],
    members: Mapping[str, Member],
    seen: frozenset[str],
    now: datetime,
    *,
    begins: bool = False,
) -> Batch:
    """The incident with these events folded in, in their order.

    `members` have what is known of their alerts; `seen` are the fingerprints that it has met before.
    """
    touched: dict[str, Member] = {}
    prints: set[str] = set()
    taken: list[Taken] = []
    joined, opens = 0, begins
    for arrival in arrivals:
        fact, sequence = arrival.fact, arrival.event.sequence
        old = touched.get(fact.id) or members.get(fact.id)
        if old is not None and sequence <= old.seq:
            taken.append(Taken(arrival, Reason.REPEAT, old))
            continue
        joined += old is None
        number = number_in(incident, old) if old is not None else incident.alerts.count + joined
        joined_at = old.joined_at if old is not None else now
        member = touched[fact.id] = member_of(incident.id, number, fact, sequence, joined_at)
        cause = effect_in(incident, fact)
        reason = Reason.MEMBER_UPDATE
        if old is None:
            known = member.fingerprint in prints or _has_met(incident, member.fingerprint, fact, seen)
            prints.add(member.fingerprint)
            reason = _reason_of(incident, member, cause, begins=begins, opens=opens, known=known)
            opens = opens and cause is not None
        taken.append(Taken(arrival, reason, old, member, cause))
    return Batch(None if begins else incident, _count_alerts(incident, taken, now), tuple(taken), touched, now)


def _reason_of(
    incident: Incident, member: Member, cause: EffectOf | None, *, begins: bool, opens: bool, known: bool
) -> Reason:
    """What becomes of an alert that joins; the order of branches is the order of policy."""
    if cause is not None:
        return Reason.JOIN_AS_EFFECT
    if opens:
        return Reason.OPEN_NEW if member.status.is_open else Reason.BORN_RESOLVED
    if not incident.status.is_open or not member.firing:
        return Reason.ATTACH
    if known or begins or is_being_paged(incident):
        return Reason.JOIN
    return Reason.JOIN_PAGE_AGAIN


def _has_met(incident: Incident, fingerprint: str, fact: AlertFact, seen: frozenset[str]) -> bool:
    """The alert was here before, or in an incident that was merged into this one."""
    return fingerprint in seen or any(fingerprint_of(one.id, fact) in seen for one in incident.absorbed)


def _count_alerts(incident: Incident, taken: Sequence[Taken], now: datetime) -> Incident:
    """The incident with what was taken in its counts, its beginning, and the services whose alerts are effects."""
    changes = [(one.old, one.member) for one in taken if one.member is not None]
    if not changes:
        return incident
    last = incident.alerts.last
    stamps = [one.arrival.fact.stamp for one in taken if one.is_new]
    causes = [one.effect_of for one in taken if one.is_new and one.effect_of is not None]
    last = max([last or "", *stamps]) if stamps else last
    news: dict[str, object] = {"alerts": recount(incident.alerts, changes, effects=len(causes), last=last)}
    keys = [key_of(one.arrival.fact) for one in taken if one.joins]
    if keys and len(incident.alert_keys) < MOST_KEYS:
        news["alert_keys"] = list(dict.fromkeys([*incident.alert_keys, *keys]))[:MOST_KEYS]
    if causes:
        news["effects"] = _add_effects(incident.effects, causes, now)
    if incident.began_at is not None and incident.status.is_open:
        starts = [one.member.starts_at for one in taken if one.member is not None and one.joins]
        news["began_at"] = min([incident.began_at, *starts])
    return incident.changed(**news)


def _add_effects(known: Sequence[EffectFact], causes: Iterable[EffectOf], now: datetime) -> list[EffectFact]:
    """The known effects and those of `causes`, one for each service, at most `MOST_EFFECTS`."""
    named = list(known)
    for cause in causes:
        service = cause.path[0]
        if len(named) < MOST_EFFECTS and all(one.service_id != service for one in named):
            named.append(EffectFact(service_id=service, path=cause.path, at=now))
    return named


def is_being_paged(incident: Incident) -> bool:
    """People are asked to look already, so a new alert need not ask them again."""
    return incident.unanswered or incident.status is IncidentStatus.TRIGGERED


def effect_in(incident: Incident, fact: AlertFact) -> EffectOf | None:
    """What the alert is an effect of, if that is this open incident or one that was merged into it; else None."""
    cause = fact.effect_of
    if cause is None or not incident.status.is_open or incident.drill_id != fact.drill_id:
        return None
    return cause if cause.incident_id in (incident.id, *(one.id for one in incident.absorbed)) else None


def _rank(arrival: Arrival) -> int:
    return arrival.fact.severity.rank


def _is_acknowledged(taken: Taken) -> bool:
    """By this event somebody acknowledged the alert where it came from."""
    was = taken.old.status if taken.old is not None else None
    return taken.member is not None and taken.member.status is AlertStatus.ACKNOWLEDGED is not was
