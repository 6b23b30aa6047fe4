"""The on-call service as a process: its capabilities, and what each is given of the others."""

from __future__ import annotations

from services.oncall.audit import wiring as audit
from services.oncall.calendars import wiring as calendars
from services.oncall.canary.handlers import CanaryHandler
from services.oncall.catalogue_copy import wiring as catalogue_copy
from services.oncall.catalogue_copy.handlers import CatalogueHandler
from services.oncall.coverage import wiring as coverage
from services.oncall.deletion.api import UseCheck
from services.oncall.directory import wiring as directory
from services.oncall.drills import wiring as drills
from services.oncall.duty_records import wiring as duty_records
from services.oncall.escalation import wiring as escalation
from services.oncall.handlers import listen
from services.oncall.holds import wiring as holds
from services.oncall.lookup import api as lookup_routes
from services.oncall.rehearsals import wiring as rehearsals
from services.oncall.runbook_copies.handlers import RunbookHandler
from services.oncall.runbook_copies.store import RunbookCopies
from services.oncall.schedules import wiring as schedules
from services.oncall.stale import wiring as stale
from shared.runtime import Runtime, main


def build(runtime: Runtime) -> None:
    """Put the service's parts together."""
    entries = directory.open_directory(runtime)
    stores = escalation.open_stores(runtime)
    services = catalogue_copy.open_services(runtime)
    runbooks = RunbookCopies(runtime)
    uses = UseCheck(entries, services, runtime.clock)

    keys = calendars.wire(runtime, entries)
    directory.add_routes(runtime, entries, uses)
    schedules.add_routes(runtime, entries, uses)
    audit.wire(runtime, entries, stores.reachability, services)
    runtime.routes(lookup_routes.routes(entries))
    coverage.wire(runtime, entries, services)
    duty_records.wire(runtime, entries)
    rehearsals.wire(runtime, entries, stores, runbooks)
    planned = drills.open_drills(runtime)
    stale.wire(runtime, stores.escalations, planned, entries)
    incidents = escalation.wire(runtime, stores, entries, runbooks)
    held = holds.wire(runtime, stores, entries, runbooks)
    listen(
        runtime,
        runbooks=RunbookHandler(runbooks).handle,
        incidents=drills.wire(runtime, planned, entries, services, stores, engine=incidents).handle,
        canary=CanaryHandler(stores.escalations, runtime.clock).handle,
        others=(held.catch_up, CatalogueHandler(services).handle, keys.handle),
    )


if __name__ == "__main__":
    main("oncall", build)
