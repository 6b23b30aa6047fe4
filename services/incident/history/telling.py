"""What others are told of imported incidents: many in one message, which each of them reads as if one by one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.incident.incidents.incident import Incident
from shared.events import make
from shared.events.incidents import ImportedIncidents, IncidentFact
from shared.ids import derive_id

IMPORTED = "history.imported.v1"
MOST_BYTES = 1_000_000
"""Of one message, unless one incident is larger by itself."""

Message = tuple[str, bytes, str]
"""Routing key, body and id, as the publisher takes them."""


def messages_of(piece: str, incidents: Iterable[Incident], now: datetime) -> list[Message]:
    """The messages that tell of these incidents as they were imported; `piece` is the id of what they were written as.

    Made again of the same ones they have the same ids.
    """
    return _messages(piece, [one.fact() for one in incidents], now)


def _messages(piece: str, facts: Sequence[IncidentFact], now: datetime) -> list[Message]:
    if not facts:
        return []
    told = ImportedIncidents(id=piece, incidents=list(facts))
    name = derive_id(piece, *(one.id for one in facts), prefix="his_")
    body = make(IMPORTED, subject=piece, sequence=1, time=now, data=told, id=name).encode()
    if len(body) > MOST_BYTES and len(facts) > 1:
        middle = len(facts) // 2
        return _messages(piece, facts[:middle], now) + _messages(piece, facts[middle:], now)
    return [(IMPORTED, body, name)]
