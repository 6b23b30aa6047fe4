"""Patterns: what happens again and again, what ended it most often, and what people noted on it. Pure."""

from __future__ import annotations

from services.analytics.patterns.found_pattern import FoundPattern
from services.analytics.search.entry import MAX_SOLUTION, MAX_TITLE, Entry, EntryKind

COPY = "found_patterns"
KIND = EntryKind.PATTERN
FACT = FoundPattern


def read(fact: FoundPattern) -> Entry | None:
    """The entry of a pattern, or of a team's part of one."""
    if fact.deleted:
        return None
    solution = "\n".join([*fact.fixes, *fact.causes, *fact.preventions, *fact.runbooks])
    return Entry(
        id=fact.id,
        kind=KIND,
        title=fact.name[:MAX_TITLE],
        solution=solution[:MAX_SOLUTION],
        texts=[fact.notes],
        names=[fact.id, *fact.components],
        service_id=fact.service_id,
        team=fact.part or fact.team,
        at=fact.last_seen,
        part=fact.part or "",
    )
