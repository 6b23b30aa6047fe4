"""Whether a trigger matches an incident, and why: the same wherever it is asked, for the page that waits for a runbook
must wait for the one that starts. Pure.

What a trigger is held against: the incident, by its own words and with the labels of each of its alerts, and each alert
by the alert's own. All that a trigger says must hold of one of these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from shared.events.alerts import AlertFact
from shared.events.automation import Trigger
from shared.events.incidents import IncidentFact
from shared.text.patterns import LONGEST_TEXT, is_found
from shared.vocabulary import Category, Severity


@dataclass(frozen=True, slots=True)
class MatchedAlert:
    """As much of an alert as triggers ask for."""

    id: str
    title: str
    severity: Severity
    category: Category
    service_id: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """What one trigger is held against."""

    title: str
    severity: Severity
    category: Category
    service_id: str | None
    labels: Mapping[str, str] = field(default_factory=dict)
    alert_id: str | None = None
    """The alert whose labels these are; None: the incident has none, or none is known."""


@dataclass(frozen=True, slots=True)
class Match:
    """The trigger that matched, by its place from 0, what of it held, and the alert by whose labels or words it did."""

    trigger: int
    criteria: tuple[tuple[str, str], ...]
    alert_id: str | None


def matched_alert(fact: AlertFact) -> MatchedAlert:
    """What triggers ask of an alert."""
    return MatchedAlert(fact.id, fact.title, fact.severity, fact.category, fact.service_id, fact.labels)


def subjects_of(incident: IncidentFact, alerts: Sequence[MatchedAlert]) -> Iterator[Subject]:
    """What triggers are held against, in the order in which it counts."""
    rating = incident.title, incident.severity, incident.category, incident.service_id
    if not alerts:
        yield Subject(*rating)
    for one in alerts:
        yield Subject(*rating, one.labels, one.id)
    for one in alerts:
        service_id = one.service_id or incident.service_id
        yield Subject(one.title, one.severity, one.category, service_id, one.labels, one.id)


def find_match(triggers: Sequence[Trigger], incident: IncidentFact, alerts: Sequence[MatchedAlert]) -> Match | None:
    """The first trigger that matches, by the first of what it is held against; None where none does."""
    subjects = list(subjects_of(incident, alerts))
    for number, trigger in enumerate(triggers):
        for subject in subjects:
            if does_match(trigger, subject):
                return Match(number, criteria_of(trigger), subject.alert_id)
    return None


def does_match(trigger: Trigger, subject: Subject) -> bool:
    """True when all that the trigger says holds of the subject; one that says nothing matches nothing."""
    if not criteria_of(trigger):
        return False
    return (
        trigger.service_id in (None, subject.service_id)
        and trigger.category in (None, subject.category)
        and trigger.severity in (None, subject.severity)
        and all(subject.labels.get(name) == value for name, value in trigger.labels.items())
        and (trigger.title_regex is None or is_found(trigger.title_regex, subject.title[:LONGEST_TEXT]))
    )


def criteria_of(trigger: Trigger) -> tuple[tuple[str, str], ...]:
    """What a trigger says, as names and values."""
    said = [
        ("service_id", trigger.service_id),
        ("category", trigger.category.value if trigger.category else None),
        ("severity", trigger.severity.value if trigger.severity else None),
        *((f"labels.{name}", value) for name, value in sorted(trigger.labels.items())),
        ("title_regex", trigger.title_regex),
    ]
    return tuple((name, value) for name, value in said if value is not None)
