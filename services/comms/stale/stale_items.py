"""A status page that says fine and is not, since when, whose it is, and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.comms.status_pages.hygiene import Finding, Flaw
from services.comms.status_pages.page import StatusPage
from shared.events.control import StaleItem

SAYS_FINE = "page_says_fine"


def page_items(page: StatusPage, found: Sequence[Finding], began: Mapping[str, datetime]) -> list[StaleItem]:
    """One for each component that says fine; `began` has when each incident was created, by its id."""
    items: list[StaleItem] = []
    for one in found:
        times = [began[incident.id] for incident in one.incidents if incident.id in began]
        if one.flaw is not Flaw.SAYS_FINE or not times:
            continue
        named = ", ".join(incident.id for incident in one.incidents[:5])
        items.append(
            StaleItem(
                kind=SAYS_FINE,
                subject=f"{page.slug}/{one.component_id}",
                title=page.name,
                since=min(times),
                owner=page.team,
                team=page.team,
                action=f"Say what is wrong ({named}), or why it is fine.",
                method="POST",
                path="/status-pages/updates",
            )
        )
    return items
