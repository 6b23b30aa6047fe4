"""Puts alerts together: what folding reads and writes, its workers, what is told again on request, and the routes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from services.ingest.alerts import api as alert_routes
from services.ingest.alerts.batch import AlertEvent
from services.ingest.alerts.expiry_worker import ExpiryWorker
from services.ingest.alerts.handlers import IncidentHandler
from services.ingest.alerts.store.heads import Heads
from services.ingest.alerts.store.lists import Lists
from services.ingest.alerts.writer import AlertWriter
from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.grouping.store import Groups
from services.ingest.incident_copies.store import Incidents
from services.ingest.intake.store import MalformedBodies
from shared.runtime import Runtime


@dataclass(frozen=True, slots=True)
class AlertStores:
    """What folding reads and writes: heads of alerts, their groups, and the copies of incidents."""

    heads: Heads
    groups: Groups
    incidents: Incidents


def open_stores(runtime: Runtime) -> AlertStores:
    """The stores; what happened to alerts is told again on request."""
    stores = AlertStores(Heads(runtime), Groups(runtime), Incidents(runtime))
    for kind in AlertEvent:
        runtime.snapshots(kind, partial(stores.heads.snapshots, kind))
    return stores


def add_writer(runtime: Runtime, stores: AlertStores, directory: CatalogueCache) -> AlertWriter:
    """What folds messages of alerts, and the worker for alerts that nobody renews."""
    writer = AlertWriter(stores.heads, stores.groups, stores.incidents, directory, runtime.clock)
    runtime.worker(writer.run)
    runtime.on_drain(writer.drain)
    runtime.worker(ExpiryWorker(stores.heads, writer, runtime.clock).run)
    return writer


def incident_handler(stores: AlertStores, writer: AlertWriter, directory: CatalogueCache) -> IncidentHandler:
    """What takes facts of incidents in."""
    return IncidentHandler(stores.heads, stores.groups, stores.incidents, writer, directory)


def add_routes(runtime: Runtime, incidents: Incidents, directory: CatalogueCache, bodies: MalformedBodies) -> None:
    """The lists of alerts, and of bodies that could not be read."""
    runtime.routes(alert_routes.routes(Lists(runtime), incidents, directory, bodies))
