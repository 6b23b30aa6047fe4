"""What comes in by the bus: alerts from the intake's two lanes, and the facts that routing, grouping and keys need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.ingest.alerts.handlers import IncidentHandler
from services.ingest.alerts.writer import AlertWriter
from services.ingest.burns.handlers import BurnHandler
from services.ingest.canary.handlers import CanaryHandler
from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.catalogue_copy.store import Keys
from services.ingest.drills.handlers import DrillAlertHandler
from services.ingest.intake.accept import FAST, WIDE
from services.ingest.intake.message import QueuedAlert, decode
from services.ingest.predictions.handlers import PredictionHandler
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.canary import HEADER, is_canary
from shared.events import Event
from shared.events.analytics.budgets import BudgetFact
from shared.events.analytics.predictions import PredictionFact
from shared.events.control import KeyFact
from shared.events.incidents import IncidentFact, ServiceFact
from shared.events.oncall import DrillAlertsFact
from shared.failures import Never
from shared.runtime import Runtime

FACTS = "ingest"
"""The queue of what other services tell."""
COPIED = ("service.changed.v1", "key.changed.v1", "incident.changed.v1")
"""Told again at the first start."""
INTAKE_BATCH = 64
"""Messages of alerts at a time."""


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
        directory: CatalogueCache,
        keys: Keys,
        incidents: IncidentHandler,
        canary: CanaryHandler,
        *,
        drills: DrillAlertHandler,
        predictions: PredictionHandler,
        burns: BurnHandler,
    ) -> None:
        self._predictions = predictions
        self._burns = burns
        self._drills = drills
        self._directory = directory
        self._keys = keys
        self._incidents = incidents
        self._canary = canary

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Each kind in its own way; the sequence of a fact makes repeats and wrong order harmless."""
        if any(is_canary(delivery) for delivery in batch):
            await self._canary.note_arrival()
        told = [delivery for delivery in batch if not is_canary(delivery)]
        services, keys, incidents = facts_of(told, ServiceFact), facts_of(told, KeyFact), facts_of(told, IncidentFact)
        drills = facts_of(told, DrillAlertsFact)
        predictions, burns = facts_of(told, PredictionFact), facts_of(told, BudgetFact)
        known = len(services) + len(keys) + len(incidents) + len(drills) + len(predictions) + len(burns)
        if known < len(told):
            raise Never("ingest consumes facts of services, keys, incidents, drills, predictions and budgets only")
        await self._directory.learn([event for event, _ in services])
        await self._keys.learn([event for event, _ in keys])
        await self._incidents.handle(incidents)
        await self._drills.handle(drills)
        await self._predictions.handle(predictions)
        await self._burns.handle(burns)


def listen(runtime: Runtime, accepted: IntakeHandler, facts: FactHandler) -> None:
    """Consume the two lanes of accepted alerts, and what other services tell."""
    for lane in (FAST, WIDE):
        runtime.consume(lane, accepted.handle, read_intake, batch=INTAKE_BATCH)
    runtime.consume_events(FACTS, facts.handle)
    runtime.replicates(COPIED, FACTS)
