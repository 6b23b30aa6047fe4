"""Puts the intake together: alerts come by HTTP and by RabbitMQ, and what can't be read is kept."""

from __future__ import annotations

from dataclasses import dataclass

from services.ingest.alerts.store.heads import Heads
from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.catalogue_copy.store import Keys
from services.ingest.intake.accept import Intake
from services.ingest.intake.amqp import AMQP_BATCH, AmqpHandler, read_amqp_message
from services.ingest.intake.api import webhook
from services.ingest.intake.api.delivery import HttpIntake
from services.ingest.intake.reading_room import ReadingRoom
from services.ingest.intake.rejected_bodies import RejectedBodies
from services.ingest.intake.store import MalformedBodies
from shared.runtime import Runtime

RAW = "ingest.raw"
"""The queue of `tocsin.alerts.in`."""


@dataclass(frozen=True, slots=True)
class IntakeParts:
    """What other capabilities accept alerts by, and the bodies that were refused."""

    intake: Intake
    http_intake: HttpIntake
    bodies: MalformedBodies


def add_intake(runtime: Runtime, directory: CatalogueCache, keys: Keys, heads: Heads) -> IntakeParts:
    """The webhook, the queue that monitoring publishes to, and what keeps refused bodies."""
    clock, room = runtime.clock, ReadingRoom()
    intake = Intake(runtime.publisher, directory, clock)
    bodies = MalformedBodies(runtime)
    rejected = RejectedBodies(bodies)
    http_intake = HttpIntake(intake, rejected, room, clock)
    runtime.routes(webhook.routes(http_intake, heads))
    runtime.consume(RAW, AmqpHandler(intake, keys, room, clock).handle, read_amqp_message, batch=AMQP_BATCH)
    runtime.worker(rejected.run)
    return IntakeParts(intake, http_intake, bodies)
