"""When a person resolves an incident, its alerts that still fire are resolved with it.

The resolve is a message like any other, stamped with the moment of the person's decision: an alert that began after
it stays open. It names no start, so the start that fires is over: the sender's repeats of it change nothing, a new
start is another alert. An incident that ended by itself has no alert left to end.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.ingest.folding import Head
from services.ingest.intake import Origin, Taken
from services.ingest.mending import to_millis
from services.ingest.received import Action
from shared.events import Event
from shared.events.incidents import IncidentFact
from shared.ids import derived

AUTO = "auto"
"""Who resolved an incident that ended by itself, as the incident service names it."""


def ended_by_person(event: Event) -> IncidentFact | None:
    """The incident whose alerts a person's decision ended; None: this event tells of no such thing."""
    fact = event.data
    if not isinstance(fact, IncidentFact) or fact.status.is_open or fact.merged_into or fact.imported:
        return None
    if fact.resolved_at is None or fact.resolved_by in (None, AUTO):
        return None
    return fact


def resolves(heads: Iterable[Head], event: Event) -> list[Taken]:
    """The messages that end the visible alerts of these heads."""
    fact = event.data
    if not isinstance(fact, IncidentFact) or fact.resolved_at is None:
        return []
    at = to_millis(fact.resolved_at)
    stamp = f"{int(at.timestamp() * 1000):012x}0000-{derived(fact.id)[:6]}.0000"
    origin = Origin(at=at, correlation=event.correlationid, traceparent=event.traceparent)
    return [
        Taken(
            head=head.id,
            stamp=stamp,
            action=Action.RESOLVE,
            source=head.source,
            key=head.key,
            content=head.occurrence.content,
            origin=origin,
            ends_at=at,
        )
        for head in heads
        if head.occurrence is not None
    ]
