"""The incident service as a process: its capabilities, and what each is given of the others."""

from __future__ import annotations

from services.incident.affected_services import wiring as affected_services
from services.incident.alerts import wiring as alerts
from services.incident.canary import wiring as canary
from services.incident.catalogue import wiring as catalogue
from services.incident.catalogue_import import wiring as catalogue_import
from services.incident.drills import wiring as drills
from services.incident.handlers import listen
from services.incident.history import wiring as history
from services.incident.incidents import wiring as incidents
from services.incident.people import wiring as people
from services.incident.postmortems import wiring as postmortems
from services.incident.response import wiring as response
from services.incident.service_map import wiring as service_map
from services.incident.stale import wiring as stale
from services.incident.suspects import wiring as suspects
from services.incident.timeline import wiring as timeline
from services.incident.timers import wiring as timers
from shared.runtime import Runtime, main


def build(runtime: Runtime) -> None:
    """Put the service's parts together."""
    services = catalogue.open_catalogue(runtime)
    caches = service_map.keep_map(runtime, services)
    stores = incidents.open_stores(runtime)
    service_map.add_routes(runtime, services, caches, affected_services.keep_open(runtime, stores.incidents))
    catalogue_import.wire(runtime, services, caches)
    catalogue.add_routes(runtime, services, caches.map_cache)
    persons = people.open_people(runtime)
    entries = timeline.open_timeline(runtime, stores)
    suspect_evidence = suspects.wire(runtime, stores, services, caches.map_cache, entries)
    similar = incidents.add_routes(runtime, stores, services, caches.map_cache, suspect_evidence)
    response.add_routes(runtime, stores.incidents, suspect_evidence, persons)
    timers.wire(runtime, stores.incidents)
    practice = drills.wire(runtime, stores, services)
    learning = postmortems.add_learning(runtime, stores, entries, suspect_evidence, persons)
    stale.wire(runtime, stores.incidents, entries, learning.actions)
    history.wire(runtime, stores, entries, learning.editing, catalogue=services, people=persons)
    listen(
        runtime,
        canary=canary.canary_handler(runtime).handle,
        alerts=alerts.alert_handler(runtime, stores, services, caches.map_cache).handle,
        news=(
            *response.news_handlers(runtime, stores.incidents, entries),
            *timeline.hearings(runtime, stores, entries),
            learning.news,
            practice,
            persons.handle,
            similar.handle,
        ),
    )


if __name__ == "__main__":
    main("incident", build)
