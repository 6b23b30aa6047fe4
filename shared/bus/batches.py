"""What a batch of messages tells: the facts of one kind in it, in their order, and imported ones one by one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from shared.bus.consumer import Delivery
from shared.events import Event, Fact, make
from shared.events.incidents import ImportedIncidents, IncidentFact
from shared.ids import derive_id

F = TypeVar("F", bound=Fact)


def facts_of(batch: Sequence[Delivery[Event]], kind: type[F]) -> list[tuple[Event, F]]:
    """The facts of this kind, each behind the event that tells it."""
    return [(message.payload, message.payload.data) for message in batch if isinstance(message.payload.data, kind)]


def as_opened(batch: Sequence[Delivery[Event]]) -> list[Delivery[Event]]:
    """The imported incidents of a batch, each as if an event of its own had told that it was opened."""
    return [
        replace(message, payload=_opened(event, fact))
        for message in batch
        for event, told in facts_of([message], ImportedIncidents)
        for fact in told.incidents
    ]


def _opened(told_by: Event, fact: IncidentFact) -> Event:
    return make(
        "incident.opened.v1",
        subject=fact.id,
        sequence=1,
        time=told_by.time,
        data=fact,
        cause=told_by,
        # as the incident service derives it, so that what is told twice is the same
        id=derive_id(fact.id, 1, prefix="inc_"),
    )
