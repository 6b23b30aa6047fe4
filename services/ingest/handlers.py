"""What comes in by the bus: alerts from the door's two lanes, and the facts that routing, grouping and keys need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.ingest.alert_writer import CHUNK, AlertWriter
from services.ingest.directory_keeper import DirectoryKeeper
from services.ingest.ending import Told, endings, may_end_alerts, resolves, told_of
from services.ingest.grouping import LIFETIME
from services.ingest.intake import Taken, decode
from services.ingest.store.catalogue import Keys
from services.ingest.store.groups import Groups
from services.ingest.store.heads import Heads
from services.ingest.store.incidents import Incidents
from shared.bus.consumer import Delivery
from shared.events import Event
from shared.events.control import KeyFact
from shared.events.incidents import IncidentFact, ServiceFact
from shared.failures import Never

OLDEST_MEMBER = LIFETIME * 2
"""An alert may have waited in the queue before its incident was made."""


def read_intake(body: bytes, _headers: dict[str, Any]) -> list[Taken]:
    """How the door's messages are decoded. Raises `Undecodable`."""
    return decode(body)


class IntakeHandler:
    """Folds what the door accepted."""

    def __init__(self, writer: AlertWriter) -> None:
        self._writer = writer

    async def handle(self, batch: Sequence[Delivery[list[Taken]]]) -> None:
        """All alerts of these messages; those of one key become one write."""
        await self._writer.fold([taken for delivery in batch for taken in delivery.payload])


class FactHandler:
    """Takes in what other services tell."""

    def __init__(
        self,
        groups: Groups,
        incidents: Incidents,
        heads: Heads,
        *,
        keys: Keys,
        directory: DirectoryKeeper,
        writer: AlertWriter,
    ) -> None:
        self._groups = groups
        self._incidents = incidents
        self._heads = heads
        self._keys = keys
        self._directory = directory
        self._writer = writer

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Each kind in its own way; the sequence of a fact makes repeats and wrong order harmless."""
        facts = [delivery.payload for delivery in batch]
        services = [fact for fact in facts if isinstance(fact.data, ServiceFact)]
        keys = [fact for fact in facts if isinstance(fact.data, KeyFact)]
        incidents = [fact for fact in facts if isinstance(fact.data, IncidentFact)]
        if len(services) + len(keys) + len(incidents) < len(facts):
            raise Never("ingest consumes facts of services, keys and incidents only")
        await self._directory.learn(services)
        await self._keys.learn(keys)
        await self._incidents.learn(incidents)
        for fact in incidents:
            await self._end_alerts(fact)

    async def _end_alerts(self, event: Event) -> None:
        """A person resolved the incident, or it went into one that was: its alerts that still fire are over too."""
        if not isinstance(event.data, IncidentFact) or not may_end_alerts(told := told_of(event.data, event.time)):
            return
        await self._directory.refresh()  # a service that was edited a moment ago counts as it is now
        for ending in endings(told, await self._incidents.family(told)):
            ids = await self._open_in(ending.part)
            for start in range(0, len(ids), CHUNK):
                heads = await self._heads.known(ids[start : start + CHUNK])
                await self._writer.fold(resolves(heads.values(), ending, event, self._directory.directory))

    async def _open_in(self, incident: Told) -> list[str]:
        """The heads whose alerts fire in this incident: of its group, and effects that joined it."""
        ids = await self._heads.effects_of(incident.id)
        if incident.group_id:
            service = await self._groups.service_of(incident.group_id) or incident.service
            ids += await self._heads.open_in(incident.group_id, service, incident.created_at - OLDEST_MEMBER)
        return ids
