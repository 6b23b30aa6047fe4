"""Runbooks: what is done, step by step; also those that never ran. Pure."""

from __future__ import annotations

from services.analytics.search.entry import MAX_SOLUTION, MAX_TITLE, Entry, EntryKind
from shared.events.automation import RunbookFact

COPY = "runbooks"
KIND = EntryKind.RUNBOOK
FACT = RunbookFact


def read(fact: RunbookFact) -> Entry | None:
    """The entry of a fact. Nobody's runbook is there for all to read and to run."""
    if fact.deleted:
        return None
    return Entry(
        id=fact.id,
        kind=KIND,
        title=fact.name[:MAX_TITLE],
        solution="\n".join(fact.steps)[:MAX_SOLUTION],
        texts=[fact.description],
        names=[fact.id, *dict.fromkeys(one.service_id for one in fact.triggers if one.service_id)],
        team=fact.team,
        at=fact.updated_at,
        is_everybodys=fact.team is None,
    )
