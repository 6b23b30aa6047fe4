"""What of an incident is copied: all of it while it is open, its id once it is not."""

from __future__ import annotations

from shared.events import Event, Fact
from shared.events.incidents import IncidentFact


class Over(Fact):
    """An incident that is resolved or closed: nothing is started for it any more. It may be reopened."""

    id: str
    deleted: bool = True


def as_copied(event: Event, fact: IncidentFact) -> Event:
    """The event as the copy of open incidents takes it."""
    return event if fact.status.is_open else event.changed(data=Over(id=fact.id))


def is_old(event: Event, fact: IncidentFact) -> bool:
    """True of an incident that was over when it was imported: nothing was ever to be started for it."""
    return fact.imported and not fact.status.is_open and event.sequence == 1
