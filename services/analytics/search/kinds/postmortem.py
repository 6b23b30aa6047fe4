"""Published post-mortems of real incidents. Pure."""

from __future__ import annotations

from services.analytics.search.entry import MAX_SOLUTION, MAX_TITLE, Entry, EntryKind
from shared.events.postmortems import PostmortemFact

COPY = "postmortems"
KIND = EntryKind.POSTMORTEM
FACT = PostmortemFact
_SOLVING = ("root_causes", "actions")
"""The sections that say what was wrong and what is done about it."""


def read(fact: PostmortemFact) -> Entry | None:
    """The entry of a fact."""
    if fact.drill or fact.published_at is None:
        return None
    solving = [fact.sections.get(name, "").strip() for name in _SOLVING]
    return Entry(
        id=fact.id,
        kind=KIND,
        title=fact.title[:MAX_TITLE],
        solution="\n".join(text for text in solving if text)[:MAX_SOLUTION],
        texts=[text for name, text in fact.sections.items() if name not in _SOLVING],
        names=[fact.id, fact.incident_id, fact.service_id or ""],
        service_id=fact.service_id,
        team=fact.team,
        at=fact.published_at,
    )
