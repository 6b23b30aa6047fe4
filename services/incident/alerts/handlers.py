"""Events in: alerts of both lanes become incidents, or join the one that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from prometheus_client import Counter

from services.incident.affected_services.opening import with_blast_radius
from services.incident.alerts.correlation import Known, correlate
from services.incident.alerts.folding import Arrival
from services.incident.alerts.store import CorrelationReads
from services.incident.incidents.store.incidents import Incidents
from services.incident.service_map.map_cache import MapCache
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.bus.topology import FIRST
from shared.clocks.clock import Now
from shared.events import Event
from shared.events.alerts import AlertFact
from shared.outbox.races import settle_batch

DECIDED = Counter("tocsin_incident_alert_events_total", "Alert events by what became of them", ["reason"])
EFFECTS = Counter("tocsin_incident_effects_total", "What alerts did to incidents besides", ["effect"])


class AlertHandler:
    """Folds alert events into incidents; both lanes may run at once, and so may replicas."""

    def __init__(self, reads: CorrelationReads, incidents: Incidents, map_cache: MapCache, clock: Now) -> None:
        self._reads = reads
        self._incidents = incidents
        self._map_cache = map_cache
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """One batch: what loses its race is gathered and decided again."""
        arrivals = [
            Arrival(event, fact, is_first=message.routing_key.endswith(FIRST))
            for message in batch
            for event, fact in facts_of([message], AlertFact)
        ]
        await settle_batch(arrivals, self._decide)

    async def _decide(self, arrivals: Sequence[Arrival]) -> list[Arrival]:
        """Decide and write; what is left to be decided again is returned."""
        now = self._clock.now()
        known: Known = await self._reads.read_known(arrivals)
        directory, new_ids = await self._reads.for_new(arrivals, known, now)
        outcome = correlate(arrivals, known, lambda fact: directory.place(fact)[0], new_ids, now)
        lost = await self._incidents.commit(with_blast_radius(edit, self._map_cache.map) for edit in outcome.edits)
        for reason in outcome.reasons:
            DECIDED.labels(reason.value).inc()
        for effect in outcome.effects:
            EFFECTS.labels(effect.value).inc()
        return [replace(arrival, is_first=False) for key in lost for arrival in outcome.arrivals_of[key]]
