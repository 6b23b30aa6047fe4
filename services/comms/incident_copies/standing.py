"""How an incident stands: as much of its newest fact as decides about its pages. Pure."""

from __future__ import annotations

from datetime import datetime

from shared.events import Fact
from shared.events.incidents import IncidentFact, Paging
from shared.stored import Stored
from shared.vocabulary import IncidentStatus


class IncidentStanding(Stored):
    """As much of an incident as decides about its pages."""

    open: bool
    generation: int
    answered: int
    merged: bool = False
    snoozed_until: datetime | None = None


class StandingFact(Fact):
    """Those members alone, as they are read where the rest is not needed."""

    status: IncidentStatus
    paging: Paging = Paging()
    merged_into: str | None = None
    snoozed_until: datetime | None = None


def standing_of(fact: IncidentFact | StandingFact) -> IncidentStanding:
    """How an incident stands."""
    return IncidentStanding(
        open=fact.status.is_open,
        generation=fact.paging.generation,
        answered=fact.paging.answered,
        merged=fact.merged_into is not None,
        snoozed_until=fact.snoozed_until,
    )
