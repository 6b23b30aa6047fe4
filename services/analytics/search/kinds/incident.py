"""Incidents, open ones too; none that were drills, or that went into others. Pure."""

from __future__ import annotations

from services.analytics.search.entry import MAX_SOLUTION, MAX_TITLE, Entry, EntryKind
from shared.events.incidents import IncidentFact

COPY = "incidents"
KIND = EntryKind.INCIDENT
FACT = IncidentFact


def read(fact: IncidentFact) -> Entry | None:
    """The entry of a fact."""
    if fact.drill_id is not None or fact.merged_into is not None:
        return None
    return Entry(
        id=fact.id,
        kind=KIND,
        title=fact.title[:MAX_TITLE],
        solution=solution_of(fact),
        texts=[fact.description, fact.impact],
        names=[fact.id, fact.service_id or "", fact.service_name or "", fact.category, *fact.affected_components],
        service_id=fact.service_id,
        team=fact.team,
        at=fact.created_at,
        alert_keys=fact.alert_keys,
        is_over=not fact.status.is_open,
    )


def solution_of(fact: IncidentFact) -> str:
    """What ended it: what was done, then why it had happened, then how it is kept from happening again."""
    lines = [*fact.actions_taken, fact.root_cause, *fact.preventive_measures]
    return "\n".join(line.strip() for line in lines if line.strip())[:MAX_SOLUTION]
