"""What analytics told of likeness, by incident: `similar_incidents`, a copy."""

from __future__ import annotations

from collections.abc import Sequence

from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.copies.replica import Replica
from shared.events import Event
from shared.events.incidents import SimilarFact
from shared.runtime import Runtime

SIMILAR_INCIDENTS = "similar_incidents"


class SimilarIncidents:
    """The questions that are asked about likeness."""

    def __init__(self, runtime: Runtime) -> None:
        self._copy = Replica(runtime.database.collection(SIMILAR_INCIDENTS))
        runtime.replicates(["similar.found.v1"], "incident")

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Take in what is told."""
        told = facts_of(batch, SimilarFact)
        if told:
            await self._copy.fold(event for event, _ in told)

    async def of(self, incident_id: str) -> SimilarFact | None:
        """The past incident that this one is like, as far as that is known."""
        known = await self._copy.get([incident_id])
        return SimilarFact.model_validate(known[incident_id]) if incident_id in known else None
