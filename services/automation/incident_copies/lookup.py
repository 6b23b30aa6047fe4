"""Asks for an incident as its owner last told of it; one that was opened a moment ago is waited for."""

from __future__ import annotations

import asyncio

from services.automation.incident_copies.copying import Over
from services.automation.incident_copies.store import IncidentCopies
from shared.events.incidents import IncidentFact
from shared.problem import conflict, not_found

WAIT_SECONDS = 3.0
PAUSE_SECONDS = 0.05


async def wait_for_incident(copies: IncidentCopies, incident_id: str) -> IncidentFact:
    """The newest fact about an open incident. Raises a `Problem`: 404 when nobody tells of it within three seconds,
    409 for one that is over.
    """
    for _ in range(int(WAIT_SECONDS / PAUSE_SECONDS)):
        found = await copies.find(incident_id)
        if isinstance(found, Over):
            raise conflict("incident_over", f"The incident {incident_id} is resolved or closed: reopen it first.")
        if found is not None:
            return found
        await asyncio.sleep(PAUSE_SECONDS)
    raise not_found("incident", incident_id)
