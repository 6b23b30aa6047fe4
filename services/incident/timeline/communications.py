"""What comms tells of talking about an incident: a war room, a page update, a mail to stakeholders, a marked message.

Each is one line of the incident's timeline, by whoever did it, under an id derived from the fact's own: however often
it is told, the line is the same.
"""

from __future__ import annotations

from services.incident.timeline.entry import MAX_ENTRY, Entry
from shared.events.communication import CommunicationFact
from shared.ids import derive_id


def communication_entry(fact: CommunicationFact) -> Entry:
    """The line; where there is a place to look it ends with its address."""
    tail = f" {fact.url}" if fact.url else ""
    return Entry(
        id=derive_id(fact.incident_id, "communication", fact.id, prefix="x"),
        incident_id=fact.incident_id,
        at=fact.at,
        kind=fact.kind,
        author=fact.by,
        text=fact.text[: MAX_ENTRY - len(tail)] + tail,
    )
