"""How an incident stands: as much of its newest fact as decides about its pages. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

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


def standing_of(fact: Mapping[str, Any]) -> IncidentStanding:
    """How an incident stands, from the members of its newest fact (`IncidentFact`) that say so."""
    paging = Paging.model_validate(fact.get("paging", {}))
    return IncidentStanding(
        open=IncidentStatus(fact["status"]).is_open,
        generation=paging.generation,
        answered=paging.answered,
        merged=fact.get("merged_into") is not None,
        snoozed_until=fact.get("snoozed_until"),
    )


def standing_told(fact: IncidentFact) -> IncidentStanding:
    """How an incident stands by a fact that is told of it just now."""
    return IncidentStanding(
        open=fact.status.is_open,
        generation=fact.paging.generation,
        answered=fact.paging.answered,
        merged=fact.merged_into is not None,
        snoozed_until=fact.snoozed_until,
    )
