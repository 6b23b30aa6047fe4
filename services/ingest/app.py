"""Wiring of the ingest service."""

from __future__ import annotations

from functools import partial

from services.ingest.alerts import api as alerts
from services.ingest.alerts.batch import AlertEvent
from services.ingest.alerts.expiry_worker import ExpiryWorker
from services.ingest.alerts.store.heads import Heads
from services.ingest.alerts.store.lists import Lists
from services.ingest.alerts.writer import AlertWriter
from services.ingest.canary.wiring import add_canary
from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.catalogue_copy.store import Catalogue, Keys
from services.ingest.changes import api as changes
from services.ingest.changes.store import RECORDED, Changes
from services.ingest.compat.api import alertmanager, opsgenie, pagerduty
from services.ingest.compat.api.opsgenie_requests import OpsgenieRequests
from services.ingest.grouping.store import Groups
from services.ingest.handlers import FactHandler, IntakeHandler, read_intake
from services.ingest.incident_copies.store import Incidents
from services.ingest.intake.accept import FAST, WIDE, Intake
from services.ingest.intake.amqp import AMQP_BATCH, AmqpHandler, read_amqp_message
from services.ingest.intake.api import webhook
from services.ingest.intake.api.delivery import HttpIntake
from services.ingest.intake.reading_room import ReadingRoom
from services.ingest.intake.rejected_bodies import RejectedBodies
from services.ingest.intake.store import MalformedBodies
from services.ingest.own_failures.handlers import OwnFailureHandler, read_copy
from services.ingest.own_failures.store import LastAlert
from shared.bus.topology import DEAD_NEWS
from shared.runtime import Runtime, main

RAW = "ingest.raw"
FACTS = "ingest"


def build(runtime: Runtime) -> None:
    """Put the service together."""
    heads, groups, incidents, lists = Heads(runtime), Groups(runtime), Incidents(runtime), Lists(runtime)
    keys, bodies = Keys(runtime), MalformedBodies(runtime)
    directory = CatalogueCache(Catalogue(runtime), runtime.news("service.changed.v1"))
    writer = AlertWriter(heads, groups, incidents, directory, runtime.clock)
    intake = Intake(runtime.publisher, directory, runtime.clock)
    rejected, room = RejectedBodies(bodies), ReadingRoom()
    canary = add_canary(runtime)
    queued = IntakeHandler(writer, canary)
    facts = FactHandler(groups, incidents, heads, keys=keys, directory=directory, writer=writer, canary=canary)
    http_intake = HttpIntake(intake, rejected, room, runtime.clock)
    kept = Changes(runtime)
    requests = OpsgenieRequests(heads, http_intake)

    for routes in (
        webhook.router(http_intake, heads),
        pagerduty.router(http_intake),
        alertmanager.router(http_intake, runtime.clock.now()),
        opsgenie.writing(requests, http_intake),
        opsgenie.reading(requests, runtime.clock),
        changes.intake(kept, directory, http_intake, runtime.settings.secret_key),
        changes.listing(kept, directory),
    ):
        runtime.app.include_router(routes)
    runtime.app.include_router(alerts.router(lists, incidents, directory, bodies))
    runtime.consume(FAST, queued.handle, read_intake, batch=64)
    runtime.consume(WIDE, queued.handle, read_intake, batch=64)
    runtime.consume(RAW, AmqpHandler(intake, keys, room, runtime.clock).handle, read_amqp_message, batch=AMQP_BATCH)
    runtime.consume_events(FACTS, facts.handle)
    own_failures = OwnFailureHandler(intake, LastAlert(runtime), incidents, runtime.clock)
    runtime.consume(DEAD_NEWS, own_failures.handle, partial(read_copy, namespace=runtime.settings.namespace))
    expiry = ExpiryWorker(heads, writer, runtime.clock)
    for worker in (directory.run, writer.run, rejected.run, expiry.run):
        runtime.worker(worker)
    runtime.on_start(directory.refresh)
    runtime.on_drain(writer.drain)
    for kind in AlertEvent:
        runtime.snapshots(kind, partial(heads.snapshots, kind))
    runtime.snapshots(RECORDED, kept.snapshots)
    runtime.replicates(["service.changed.v1", "key.changed.v1", "incident.changed.v1"], FACTS)


if __name__ == "__main__":
    main("ingest", build)
