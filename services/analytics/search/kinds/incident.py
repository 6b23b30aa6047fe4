"""Incidents, open ones too; none that were drills, or that went into others. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.analytics.search.document import MAX_SOLUTION, MAX_TITLE, Document, DocumentKind
from shared.events.incidents import IncidentFact

COPY = "incidents"
KIND = DocumentKind.INCIDENT


def read(data: Mapping[str, Any]) -> Document | None:
    """The document of an incident's fact."""
    fact = IncidentFact.model_validate(data)
    if fact.drill_id is not None or fact.merged_into is not None:
        return None
    return Document(
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
