"""One incident while the alert events that came together are folded into it, and what follows from all of them.

A member's newest state counts. The end, another page and a worse severity are decided once, on the sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.incident.catalogue.rating_defaults import priority_for
from services.incident.catalogue.service_definition import Service
from services.incident.incidents.alert_member import Member, fingerprint_of, member_of, number_in, recount
from services.incident.incidents.commands import place_on, rating_lines
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import AUTO, MAX_TEXT, MAX_TITLE, Incident
from services.incident.incidents.lifecycle import answer, enter, page_again, rate
from services.incident.incidents.transitions import Move, judge_move
from services.incident.timeline.entry import SYSTEM, EntryKind, Line
from shared.events import Event
from shared.events.alerts import AlertFact, EffectOf
from shared.events.incidents import EffectFact, Paging
from shared.ids import stamp_time
from shared.vocabulary import AlertStatus, IncidentStatus, PageReason, Severity

MOST_EFFECTS = 50
"""As many services are kept by name whose alerts joined an incident as effects."""


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


class Effect(StrEnum):
    """What the alerts did to an incident besides."""

    AUTO_RESOLVE = "auto_resolve"
    RESOLVE_LATER = "resolve_later"
    FIRES_AGAIN = "fires_again"
    SEVERITY_RAISED = "severity_raised"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One alert event."""

    event: Event
    fact: AlertFact

    @property
    def order(self) -> tuple[str, str, int]:
        """Arrivals are decided in the order of their senders' stamps."""
        return self.fact.stamp, self.fact.id, self.event.sequence


class Draft:
    """One incident while the events that came together are folded into it."""

    def __init__(self, before: Incident | None, after: Incident, now: datetime) -> None:
        self.before = before
        self.after = after
        self.arrivals: list[Arrival] = []
        self._now = now
        self._touched: dict[str, Member] = {}
        self._joined: list[Member] = []
        self._effects: list[tuple[Member, EffectOf]] = []
        self._fresh: Arrival | None = None
        self._taken: Member | None = None
        self._worst: tuple[Severity, Arrival] | None = None
        self._lines: list[Line] = []
        self._prints: set[str] = set()

    @classmethod
    def begin(cls, id: str, arrival: Arrival, service: Service, earlier: int, now: datetime) -> Draft:
        """An incident that this alert opens; its group had `earlier` ones before."""
        fact = arrival.fact
        after = Incident(
            id=id,
            title=fact.title[:MAX_TITLE],
            description=fact.description[:MAX_TEXT],
            severity=fact.severity,
            priority=priority_for(fact.severity, fact.category),
            category=fact.category,
            group_id=fact.group_id,
            group_place=earlier,
            paging=Paging(cause=arrival.event.id, cause_at=stamp_time(fact.stamp)),
            drill_id=fact.drill_id,
            created_at=now,
            began_at=fact.starts_at,
            first_entered={IncidentStatus.TRIGGERED: now},
            **place_on(service, now),
        )
        draft = cls(None, after, now)
        draft._lines.append(Line(EntryKind.OPENED, f"opened by the alert: {after.title}"))
        return draft

    def take(self, arrival: Arrival, members: dict[str, Member], seen: frozenset[str]) -> Reason:
        """Fold one event in; `members` is kept up to date for the events after it."""
        self.arrivals.append(arrival)
        fact, sequence = arrival.fact, arrival.event.sequence
        if self._worst is None or fact.severity.rank < self._worst[0].rank:
            self._worst = (fact.severity, arrival)
        old = members.get(fact.id)
        if old is not None and sequence <= old.seq:
            return Reason.REPEAT
        if old is None:
            last = max(self.after.alerts.last or "", fact.stamp)
            self.after = self.after.model_copy(update={"alerts": self.after.alerts.model_copy(update={"last": last})})
        number = number_in(self.after, old) if old is not None else self.after.alerts.count + 1
        joined_at = old.joined_at if old is not None else self._now
        member = member_of(self.after.id, number, fact, sequence, joined_at)
        self.after = self.after.model_copy(update={"alerts": recount(self.after.alerts, old, member)})
        self._touched[fact.id] = members[fact.id] = member
        cause = effect_in(self.after, fact)
        if cause is None and _is_taken(old, member):
            self._taken = member
        if old is not None:
            return Reason.MEMBER_UPDATE
        known_print = self._has_met(member.fingerprint, fact, seen)
        self._prints.add(member.fingerprint)
        if cause is not None:
            return self._join_as_effect(member, cause)
        self._joined.append(member)
        return self._join(member, arrival, known_print=known_print)

    def _join(self, member: Member, arrival: Arrival, *, known_print: bool) -> Reason:
        if self.after.began_at is not None and self.after.status.is_open:
            self.after = self.after.model_copy(update={"began_at": min(self.after.began_at, member.starts_at)})
        if self.before is None and len(self._joined) == 1:
            return Reason.OPEN_NEW if member.status.is_open else Reason.BORN_RESOLVED
        if not self.after.status.is_open or not member.firing:
            return Reason.ATTACH
        if known_print or self.before is None or self._is_being_paged():
            return Reason.JOIN
        self._fresh = self._fresh or arrival
        return Reason.JOIN_PAGE_AGAIN

    def _join_as_effect(self, member: Member, effect_of: EffectOf) -> Reason:
        """It is counted and waited for like any other, and pages nobody. A service is named once, of many the first."""
        self._effects.append((member, effect_of))
        alerts = self.after.alerts
        named = list(self.after.effects)
        if effect_of.path[0] not in {one.service_id for one in named} and len(named) < MOST_EFFECTS:
            named.append(EffectFact(service_id=effect_of.path[0], path=effect_of.path, at=self._now))
        counted = alerts.model_copy(update={"effects": alerts.effects + 1})
        self.after = self.after.model_copy(update={"alerts": counted, "effects": named})
        return Reason.JOIN_AS_EFFECT

    def _has_met(self, fingerprint: str, fact: AlertFact, seen: frozenset[str]) -> bool:
        """The alert was here before, or in an incident that was merged into this one."""
        if fingerprint in seen or fingerprint in self._prints:
            return True
        return any(fingerprint_of(one.id, fact) in seen for one in self.after.absorbed)

    def _is_being_paged(self) -> bool:
        return self.after.unanswered or self.after.status is IncidentStatus.TRIGGERED

    def settle(self) -> list[Effect]:
        """What follows from all events together: severity, another page, the end."""
        effects: list[Effect] = []
        if self._joined and self.before is not None:
            self._lines.append(Line(EntryKind.ALERT, _joined_text(self._joined)))
        if self._effects:
            self._lines.append(Line(EntryKind.ALERT, _effects_text(self._effects)))
        if self._raise_severity():
            effects.append(Effect.SEVERITY_RAISED)
        if self._touched and self.after.status.is_open:
            effects += self._end_or_go_on()
        if self._take_with_its_only_alert():
            effects.append(Effect.ACKNOWLEDGED)
        if self._fresh is not None and self.after.status.is_open and not self._is_being_paged():
            self.after = page_again(
                self.after, PageReason.NEW_ALERT, self._fresh.event.id, stamp_time(self._fresh.fact.stamp)
            )
        return effects

    def _raise_severity(self) -> bool:
        if self._worst is None or self.after.severity_set or self.after.status is IncidentStatus.CLOSED:
            return False
        severity, arrival = self._worst
        if severity.rank >= self.after.severity.rank:
            return False
        priority = self.after.priority if self.after.priority_set else priority_for(severity, self.after.category)
        rated = rate(self.after, severity, priority, arrival.event.id)
        if self.before is None or self.after.alerts.open == 0:
            # what begins, or is about to end, has no page to repeat
            kept = {"paging": self.after.paging, "snoozed_until": self.after.snoozed_until}
            rated = rated.model_copy(update=kept)
        self._lines += rating_lines(self.after, rated, SYSTEM)
        self.after = rated
        return True

    def _end_or_go_on(self) -> list[Effect]:
        if self.after.alerts.count == self.after.alerts.effects:
            return []  # a person opened it, and the end of its effects alone does not end it
        if self.after.alerts.open > 0:
            if self.after.resolve_due_at is None:
                return []
            self.after = self.after.model_copy(update={"resolve_due_at": None})
            return [Effect.FIRES_AGAIN]
        if self.after.reopened is not None and self.after.alerts.count <= self.after.reopened.alerts:
            return []  # those that ended had ended before a person reopened it
        delay = self.after.auto_resolve_after_seconds
        if delay > 0:
            due_at = self.after.resolve_due_at or self._now + timedelta(seconds=delay)
            self.after = self.after.model_copy(update={"resolve_due_at": due_at})
            return [Effect.RESOLVE_LATER]
        self.after, line = resolve_by_itself(self.after, self._now)
        self._lines.append(line)
        return [Effect.AUTO_RESOLVE]

    def _take_with_its_only_alert(self) -> bool:
        """Whoever acknowledged the only open alert where it came from has the incident in hand."""
        taken = self._taken
        if taken is None or self.after.alerts.open != 1 or not (self.after.status.is_open and self.after.unanswered):
            return False
        if self._touched[taken.alert_id].status is not AlertStatus.ACKNOWLEDGED:
            return False
        text = f"acknowledged in {taken.source}: {taken.title}"
        if self.after.status is IncidentStatus.TRIGGERED:
            self.after = enter(
                self.after, IncidentStatus.ACKNOWLEDGED, Move.ACKNOWLEDGE, self._now, by=taken.source or AUTO
            )
            text = f"status triggered → acknowledged: {text}"
        else:
            self.after = answer(self.after, None)
        self._lines.append(Line(EntryKind.STATUS, text))
        return True

    def edit(self) -> Edit:
        """All of it as one edit."""
        cause = self.arrivals[0].event if self.arrivals else None
        return Edit(self.before, self.after, self._now, tuple(self._lines), tuple(self._touched.values()), cause)


def effect_in(incident: Incident, fact: AlertFact) -> EffectOf | None:
    """As what the alert joins this incident: an effect of it, or of one that went into it, while it is open."""
    cause = fact.effect_of
    if cause is None or not incident.status.is_open or incident.drill_id != fact.drill_id:
        return None
    return cause if cause.incident_id in (incident.id, *(one.id for one in incident.absorbed)) else None


def _is_taken(old: Member | None, new: Member) -> bool:
    """Somebody acknowledged the alert where it came from."""
    was = old.status if old is not None else None
    return new.status is AlertStatus.ACKNOWLEDGED is not was


def resolve_by_itself(incident: Incident, now: datetime) -> tuple[Incident, Line]:
    """The open incident, resolved because every alert of it is, and what the timeline says."""
    move = judge_move(incident.status, IncidentStatus.RESOLVED)
    if move is None:
        raise ValueError(f"{incident.id} is {incident.status.value} and can't be resolved")
    line = Line(EntryKind.STATUS, f"status {incident.status.value} → resolved: every alert ended")
    return enter(incident, IncidentStatus.RESOLVED, move, now, by=AUTO), line


def _joined_text(joined: Sequence[Member]) -> str:
    if len(joined) == 1:
        return f"another alert: {joined[0].title}"
    return f"{len(joined)} more alerts, the first: {joined[0].title}"


def _effects_text(joined: Sequence[tuple[Member, EffectOf]]) -> str:
    member, cause = joined[0]
    way = " → ".join(cause.path)
    text = f"an effect of {cause.service_id} joined (hard dependency: {way}): {member.title}"
    return text if len(joined) == 1 else f"{text}; and {len(joined) - 1} more effects"
