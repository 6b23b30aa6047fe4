"""Asks for an incident as its own service last told of it; one that was made a moment ago is waited for."""

from __future__ import annotations

import asyncio

from services.comms.incident_copies.store import IncidentCopies
from shared.events.incidents import IncidentFact
from shared.problem import not_found

WAIT_SECONDS = 2.0
PAUSE_SECONDS = 0.05


async def wait_for_incident(copies: IncidentCopies, incident_id: str) -> IncidentFact:
    """The newest fact about an incident. Raises a 404 `Problem` when nobody tells of it within two seconds."""
    for _ in range(int(WAIT_SECONDS / PAUSE_SECONDS)):
        facts = await copies.facts([incident_id])
        if incident_id in facts:
            return facts[incident_id]
        await asyncio.sleep(PAUSE_SECONDS)
    raise not_found("incident", incident_id)
