"""Wiring of the copies of incidents, which paging's queue feeds: what ends pages is handled first."""

from __future__ import annotations

from collections.abc import Sequence

from services.comms.incident_copies.store import IncidentCopies
from shared.bus.consumer import Delivery
from shared.events import Event
from shared.runtime import Runtime


def add_incident_copies(runtime: Runtime) -> IncidentCopies:
    """Put copies of incidents into the service."""
    runtime.replicates(["incident.changed.v1", "similar.found.v1"], "comms.incidents")
    copies = IncidentCopies(runtime)

    async def hear_history(batch: Sequence[Delivery[Event]]) -> None:
        await copies.fold([message.payload for message in batch])

    runtime.consume_history(hear_history)
    return copies
