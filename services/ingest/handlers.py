"""What comes in by the bus: alerts from the intake's two lanes, and the facts that routing, grouping and keys need."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from services.ingest.alerts.fold import Head
from services.ingest.alerts.incident_end import own_alerts, reopens, resolves
from services.ingest.alerts.wiring import AlertStores
from services.ingest.alerts.writer import CHUNK, AlertWriter
from services.ingest.canary.handlers import CanaryHandler
from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.catalogue_copy.store import Keys
from services.ingest.grouping.group import LIFETIME
from services.ingest.incident_copies.ending import (
    Ending,
    IncidentState,
    endings,
    incident_state,
    may_end_alerts,
    reopened_parts,
)
from services.ingest.intake.accept import FAST, WIDE
from services.ingest.intake.message import QueuedAlert, decode
from shared.bus.consumer import Delivery
from shared.canary import HEADER, is_canary
from shared.events import Event
from shared.events.control import KeyFact
from shared.events.incidents import IncidentFact, ServiceFact
from shared.failures import Never
from shared.runtime import Runtime

FACTS = "ingest"
"""The queue of what other services tell."""
COPIED = ("service.changed.v1", "key.changed.v1", "incident.changed.v1")
"""Told again at the first start."""
INTAKE_BATCH = 64
"""Messages of alerts at a time."""
OLDEST_MEMBER = LIFETIME * 2
"""An alert may have waited in the queue before its incident was made."""


def read_intake(body: bytes, _headers: dict[str, Any]) -> list[QueuedAlert]:
    """How the intake's messages are decoded. Raises `Undecodable`."""
    return decode(body)


class IntakeHandler:
    """Folds the alerts that were accepted."""

    def __init__(self, writer: AlertWriter, canary: CanaryHandler) -> None:
        self._writer = writer
        self._canary = canary

    async def handle(self, batch: Sequence[Delivery[list[QueuedAlert]]]) -> None:
        """All alerts of these messages; those of one key become one write."""
        canaries = [taken for delivery in batch if HEADER in delivery.headers for taken in delivery.payload]
        if canaries:
            await self._canary.take_in(canaries)
        await self._writer.fold(
            [taken for delivery in batch if HEADER not in delivery.headers for taken in delivery.payload]
        )


class FactHandler:
    """Takes in what other services tell."""

    def __init__(
        self,
        stores: AlertStores,
        writer: AlertWriter,
        directory: CatalogueCache,
        *,
        keys: Keys,
        canary: CanaryHandler,
    ) -> None:
        self._groups = stores.groups
        self._incidents = stores.incidents
        self._heads = stores.heads
        self._canary = canary
        self._keys = keys
        self._directory = directory
        self._writer = writer

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Each kind in its own way; the sequence of a fact makes repeats and wrong order harmless."""
        if any(is_canary(delivery) for delivery in batch):
            await self._canary.note_arrival()
        facts = [delivery.payload for delivery in batch if not is_canary(delivery)]
        if not facts:
            return
        services = [fact for fact in facts if isinstance(fact.data, ServiceFact)]
        keys = [fact for fact in facts if isinstance(fact.data, KeyFact)]
        incidents = [fact for fact in facts if isinstance(fact.data, IncidentFact)]
        if len(services) + len(keys) + len(incidents) < len(facts):
            raise Never("ingest consumes facts of services, keys and incidents only")
        await self._directory.learn(services)
        await self._keys.learn(keys)
        for fact in incidents:
            await self._take_again(fact)  # before it is known: a process that dies in between does it again
        await self._incidents.learn(incidents)
        for fact in incidents:
            await self._end_alerts(fact)

    async def _end_alerts(self, event: Event) -> None:
        """A person resolved the incident, or it went into one that was: its alerts that still fire are over too."""
        if not isinstance(event.data, IncidentFact) or not may_end_alerts(
            told := incident_state(event.data, event.time)
        ):
            return
        await self._directory.refresh()  # a service that was edited a moment ago counts as it is now
        for ending in endings(told, await self._incidents.family(told)):
            async for heads in self._heads_of(ending, also_over=False):
                await self._writer.fold(resolves(heads, ending, event, self._directory.directory))

    async def _take_again(self, event: Event) -> None:
        """A person reopened the incident: from then on its alerts fire again when their senders say so."""
        if (
            not isinstance(event.data, IncidentFact)
            or not (told := incident_state(event.data, event.time)).is_open_again
        ):
            return
        known = await self._incidents.reopenings([told.id])
        if known.get(told.id) == told.reopened_at:
            return
        for part in reopened_parts(told, await self._incidents.family(told)):
            async for heads in self._heads_of(part, also_over=True):
                await self._writer.fold(reopens(heads, part, event))

    async def _heads_of(self, ending: Ending, *, also_over: bool) -> AsyncIterator[list[Head]]:
        """The heads whose alerts are this incident's own, of its group and effects that joined it; some at a time."""
        part = ending.part
        ids = await self._heads.effects_of(part.id, also_over=also_over)
        siblings: list[IncidentState] = []
        if part.group_id:
            service = await self._groups.service_of(part.group_id) or part.service
            since = part.created_at - OLDEST_MEMBER
            ids += await self._heads.in_group(part.group_id, service, since, also_over=also_over)
            siblings = await self._incidents.open_of_group(part.group_id)
        for start in range(0, len(ids), CHUNK):
            heads = await self._heads.by_ids(ids[start : start + CHUNK])
            yield own_alerts(heads.values(), ending, siblings)


def listen(
    runtime: Runtime,
    stores: AlertStores,
    writer: AlertWriter,
    directory: CatalogueCache,
    *,
    keys: Keys,
    canary: CanaryHandler,
) -> None:
    """Consume the two lanes of accepted alerts, and what other services tell."""
    intake = IntakeHandler(writer, canary)
    for lane in (FAST, WIDE):
        runtime.consume(lane, intake.handle, read_intake, batch=INTAKE_BATCH)
    runtime.consume_events(FACTS, FactHandler(stores, writer, directory, keys=keys, canary=canary).handle)
    runtime.replicates(COPIED, FACTS)
