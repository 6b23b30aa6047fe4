"""Action items after real incidents: what somebody was to do so that it does not happen again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.analytics.search.document import MAX_SOLUTION, MAX_TITLE, Document, DocumentKind
from shared.events.actions import ActionFact, ActionState

COPY = "actions"
KIND = DocumentKind.ACTION


def read(data: Mapping[str, Any]) -> Document | None:
    """The document of an action item's fact. What was dropped is no solution."""
    fact = ActionFact.model_validate(data)
    if fact.drill or fact.deleted or fact.state is ActionState.DROPPED:
        return None
    return Document(
        id=fact.id,
        kind=KIND,
        title=fact.title[:MAX_TITLE],
        solution=fact.description.strip()[:MAX_SOLUTION],
        names=[fact.id, fact.incident_id, fact.service_id or ""],
        service_id=fact.service_id,
        team=fact.team,
        at=fact.created_at,
    )
