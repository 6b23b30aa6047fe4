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
from shared.ids import derive_id
from shared.text.patterns import LONGEST_TEXT, is_found
from shared.vocabulary import Category, Severity

EXECUTION_PREFIX = "exe_"


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


def paging_alerts(incident: IncidentFact) -> list[MatchedAlert]:
    """The alert for which people are paged, as triggers ask for it; none where it is no alert."""
    one = incident.paging.alert
    if one is None:
        return []
    return [MatchedAlert(one.id, one.title, one.severity, one.category, one.service_id, one.labels)]


def find_start(
    team: str | None, triggers: Sequence[Trigger], incident: IncidentFact, alerts: Sequence[MatchedAlert]
) -> Match | None:
    """Why a runbook of this team (None: of nobody) starts by itself for an incident; None where it does not.

    Whoever starts it and whoever waits for it ask here. An imported incident starts nothing, nor does one that is
    over; a team's runbook starts for that team's incidents only.
    """
    if incident.imported or not incident.status.is_open:
        return None
    if team is not None and team != incident.team:
        return None
    return find_match(triggers, incident, alerts)


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


def triggered_id(incident_id: str, runbook_id: str) -> str:
    """The id of the execution that a trigger of a runbook starts for an incident: there is one, however often it is
    told.
    """
    return derive_id("execution", incident_id, runbook_id, prefix=EXECUTION_PREFIX)
