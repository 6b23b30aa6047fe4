"""The ingest service as a process: its capabilities, and what each is given of the others."""

from __future__ import annotations

from services.ingest.alerts import wiring as alerts
from services.ingest.burns.handlers import BurnHandler
from services.ingest.canary import wiring as canary
from services.ingest.catalogue_copy import wiring as catalogue_copy
from services.ingest.changes import wiring as changes
from services.ingest.compat import wiring as compat
from services.ingest.drills.handlers import DrillAlertHandler
from services.ingest.handlers import FactHandler, IntakeHandler, listen
from services.ingest.intake import wiring as intake
from services.ingest.own_failures import wiring as own_failures
from services.ingest.predictions.handlers import PredictionHandler
from services.ingest.rehearsals import wiring as rehearsals
from services.ingest.samples import wiring as samples
from shared.runtime import Runtime, main


def build(runtime: Runtime) -> None:
    """Put the service's parts together."""
    directory, keys = catalogue_copy.keep_catalogue(runtime), catalogue_copy.open_keys(runtime)
    stores = alerts.open_stores(runtime)
    writer = alerts.add_writer(runtime, stores, directory)
    parts = intake.add_intake(runtime, directory, keys, stores.heads)
    compat.add_routes(runtime, parts.http_intake, stores.heads)
    changes.wire(runtime, directory, parts.http_intake)
    samples.wire(runtime, directory, parts.http_intake)
    alerts.add_routes(runtime, stores.incidents, directory, parts.bodies)
    rehearsals.wire(runtime, stores, directory, parts.intake)
    canaries = canary.add_canary(runtime)
    incidents = alerts.incident_handler(stores, writer, directory)
    drills, predictions = DrillAlertHandler(runtime.publisher), PredictionHandler(runtime.publisher)
    facts = FactHandler(
        directory,
        keys,
        incidents,
        canaries,
        drills=drills,
        predictions=predictions,
        burns=BurnHandler(runtime.publisher),
    )
    listen(runtime, IntakeHandler(writer, canaries), facts)
    own_failures.wire(runtime, parts.intake, stores.incidents)


if __name__ == "__main__":
    main("ingest", build)
