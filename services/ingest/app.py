"""Wiring of the ingest service."""

from __future__ import annotations

from functools import partial

from services.ingest.alert_writer import AlertWriter
from services.ingest.api import alertmanager, alerts, changes, opsgenie, pagerduty, webhook
from services.ingest.api.opsgenie_desk import OpsgenieDesk
from services.ingest.api.reception import Reception
from services.ingest.body_keeper import BodyKeeper
from services.ingest.canary.wiring import add_canary
from services.ingest.deciding import Tale
from services.ingest.directory_keeper import DirectoryKeeper
from services.ingest.door import FAST, WIDE, Door
from services.ingest.handlers import FactHandler, IntakeHandler, read_intake
from services.ingest.lapser import Lapser
from services.ingest.own_failures.handlers import OwnFailureHandler, read_copy
from services.ingest.own_failures.store import LastAlert
from services.ingest.raw import RAW_BATCH, RawHandler, read_raw
from services.ingest.reading_room import ReadingRoom
from services.ingest.store.catalogue import Catalogue, Keys
from services.ingest.store.changes import RECORDED, Changes
from services.ingest.store.groups import Groups
from services.ingest.store.heads import Heads
from services.ingest.store.incidents import Incidents
from services.ingest.store.lists import Lists
from services.ingest.store.malformed import MalformedBodies
from shared.bus.topology import DEAD_NEWS
from shared.runtime import Runtime, main

RAW = "ingest.raw"
FACTS = "ingest"


def build(runtime: Runtime) -> None:
    """Put the service together."""
    heads, groups, incidents, lists = Heads(runtime), Groups(runtime), Incidents(runtime), Lists(runtime)
    keys, bodies = Keys(runtime), MalformedBodies(runtime)
    directory = DirectoryKeeper(Catalogue(runtime), runtime.news("service.changed.v1"))
    writer = AlertWriter(heads, groups, incidents, directory, runtime.clock)
    door = Door(runtime.publisher, directory, runtime.clock)
    keeper, room = BodyKeeper(bodies), ReadingRoom()
    canary = add_canary(runtime)
    intake = IntakeHandler(writer, canary)
    facts = FactHandler(groups, incidents, heads, keys=keys, directory=directory, writer=writer, canary=canary)
    reception = Reception(door, keeper, room, runtime.clock)
    kept = Changes(runtime)
    desk = OpsgenieDesk(heads, reception)

    for routes in (
        webhook.router(door, reception, heads),
        pagerduty.router(door, reception),
        alertmanager.router(door, reception, runtime.clock.now()),
        opsgenie.writing(desk, reception),
        opsgenie.reading(desk, runtime.clock),
        changes.intake(kept, directory, reception, runtime.settings.secret_key),
        changes.listing(kept, directory),
    ):
        runtime.app.include_router(routes)
    runtime.app.include_router(alerts.router(lists, incidents, directory, bodies))
    runtime.consume(FAST, intake.handle, read_intake, batch=64)
    runtime.consume(WIDE, intake.handle, read_intake, batch=64)
    runtime.consume(RAW, RawHandler(door, keys, room, runtime.clock).handle, read_raw, batch=RAW_BATCH)
    runtime.consume_events(FACTS, facts.handle)
    own_failures = OwnFailureHandler(door, LastAlert(runtime), incidents, runtime.clock)
    runtime.consume(DEAD_NEWS, own_failures.handle, partial(read_copy, namespace=runtime.settings.namespace))
    lapser = Lapser(heads, writer, runtime.clock)
    for worker in (directory.run, writer.run, keeper.run, lapser.run):
        runtime.worker(worker)
    runtime.on_start(directory.refresh)
    runtime.on_drain(writer.drain)
    for tale in Tale:
        runtime.snapshots(tale, partial(heads.snapshots, tale))
    runtime.snapshots(RECORDED, kept.snapshots)
    runtime.replicates(["service.changed.v1", "key.changed.v1", "incident.changed.v1"], FACTS)


if __name__ == "__main__":
    main("ingest", build)
