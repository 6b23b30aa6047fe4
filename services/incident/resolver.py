"""The worker that resolves incidents whose time has come: their last alert ended as long ago as the service asks."""

from __future__ import annotations

from collections.abc import Sequence

from services.incident.due import end_due
from services.incident.store.incidents import Incidents, read_incident
from shared.clock import Now
from shared.mongo import Document
from shared.timers import DueTimer


class Resolver:
    """Takes what is due, decides, and ends the claim in the same write; a lost race leaves it to the next sweep."""

    def __init__(self, incidents: Incidents, clock: Now) -> None:
        self._incidents = incidents
        self._clock = clock
        self.timer = DueTimer("auto_resolve", incidents.collection, clock, self.handle)

    async def handle(self, documents: Sequence[Document]) -> None:
        """Resolve those of the claimed incidents that are still due."""
        now = self._clock.now()
        await self._incidents.end_claims(end_due(read_incident(document).incident, now) for document in documents)
