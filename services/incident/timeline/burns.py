"""What analytics tells of an error budget that burns while an incident is open: a line, which pages nobody.

It is one line when it begins, one when a faster rule takes it over, and one when it ends.
"""

from __future__ import annotations

from services.incident.timeline.entry import Entry, EntryKind, Line, entry_caused_by
from shared.events.analytics.budgets import BudgetFact

_HOUR = 3600


def burn_entry(fact: BudgetFact) -> Entry | None:
    """The line; None where no incident was open, so that the burn is an alert."""
    burn = fact.burn
    if burn is None or burn.incident_id is None:
        return None
    name = fact.service_name or fact.service_id
    if burn.ended_at is not None:
        text = f"The error budget of {name} no longer burns faster than allowed."
    else:
        span = f"{burn.long_seconds // _HOUR} h"
        text = f"The error budget of {name} burns {burn.rate:.3g} times as fast as allowed over {span}."
    at = burn.ended_at or burn.since
    line = Line(EntryKind.SLO, text)
    return entry_caused_by(burn.incident_id, at, line, "burn", burn.id, burn.rule.value, burn.ended_at is not None)
