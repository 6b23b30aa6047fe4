"""What becomes of an incident that opens: it is given the likest past one or none, once, for good. Pure."""

from __future__ import annotations

from datetime import datetime

from services.analytics.search.entry import Entry
from services.analytics.similar.likeness import Likeness
from shared.events import Event, make
from shared.events.incidents import IncidentFact, SimilarFact
from shared.ids import derive_id
from shared.stored import Stored

FOUND = "similar.found.v1"
OPENED = "incident.opened.v1"
MAX_SOLUTION = 600
"""Characters of what ended the past one that are told: the rest is read where it stands."""


class Hint(Stored):
    """What is known of an incident's hint: due while no index could be asked, or told."""

    incident_id: str
    version: int = 0
    due_at: datetime | None = None
    found: SimilarFact | None = None


def wants_hint(event: Event, fact: IncidentFact) -> bool:
    """Only real incidents that are open: never drills, forecasts, or what was imported."""
    return (
        event.type == OPENED
        and fact.status.is_open
        and fact.drill_id is None
        and fact.prediction_id is None
        and not fact.imported
        and fact.merged_into is None
    )


def similar_fact(incident_id: str, entry: Entry, likeness: Likeness, now: datetime) -> SimilarFact:
    """What others are told of the past incident."""
    return SimilarFact(
        incident_id=incident_id,
        similar_id=entry.id,
        title=entry.title,
        solution=entry.solution[:MAX_SOLUTION],
        score=round(likeness.score, 4),
        same_alert=likeness.same_alert,
        same_service=likeness.same_service,
        words=likeness.words,
        words_of=likeness.words_of,
        found_at=now,
    )


def found_event(fact: SimilarFact, sequence: int, cause: Event | None = None) -> Event:
    """The event that tells it; the same however often it is made."""
    return make(
        FOUND,
        subject=fact.incident_id,
        sequence=sequence,
        time=fact.found_at,
        data=fact,
        cause=cause,
        id=derive_id("similar", fact.incident_id, sequence, prefix="sim_"),
    )
