"""Action items after real incidents: what somebody was to do so that it does not happen again. Pure."""

from __future__ import annotations

from services.analytics.search.entry import MAX_SOLUTION, MAX_TITLE, Entry, EntryKind
from shared.events.actions import ActionFact, ActionState

COPY = "actions"
KIND = EntryKind.ACTION
FACT = ActionFact


def read(fact: ActionFact) -> Entry | None:
    """The entry of a fact. What was dropped is no solution."""
    if fact.drill or fact.deleted or fact.state is ActionState.DROPPED:
        return None
    return Entry(
        id=fact.id,
        kind=KIND,
        title=fact.title[:MAX_TITLE],
        solution=fact.description.strip()[:MAX_SOLUTION],
        names=[fact.id, fact.incident_id, fact.service_id or ""],
        service_id=fact.service_id,
        team=fact.team,
        at=fact.created_at,
    )
