"""Puts history together: what an import writes, what an export reads, and the routes."""

from __future__ import annotations

from services.incident.catalogue.store.services import Catalogue
from services.incident.history.announcer import Announcer
from services.incident.history.api import history_file as file_routes
from services.incident.history.exporter import Exporter
from services.incident.history.importer import Importer, Stores
from services.incident.history.store.announcements import Announcements
from services.incident.history.store.reads import HistoryReads
from services.incident.history.store.rows import ImportedRows
from services.incident.incidents.wiring import IncidentStores
from services.incident.people.store import People
from services.incident.postmortems.api.editing import PostmortemEditing
from services.incident.postmortems.store.comments import Comments
from services.incident.timeline.store import Timeline
from shared.runtime import Runtime


def wire(
    runtime: Runtime,
    stores: IncidentStores,
    timeline: Timeline,
    editing: PostmortemEditing,
    *,
    catalogue: Catalogue,
    people: People,
) -> None:
    """Adds `/history/import` and `/history/export`."""
    comments, announcements = Comments(runtime), Announcements(runtime)
    written = Stores(
        incidents=stores.incidents,
        timeline=timeline,
        postmortems=editing.postmortems,
        comments=comments,
        actions=editing.actions,
        catalogue=catalogue,
        people=people,
        numbers=stores.numbers,
        imported_numbers=stores.imported_numbers,
        rows=ImportedRows(runtime),
        announcements=announcements,
    )
    reads = HistoryReads(stores.incidents, timeline, editing.postmortems, comments, editing.actions)
    exporter = Exporter(reads, stores.numbers, stores.imported_numbers)
    announcer = Announcer(announcements, stores.incidents, runtime.publisher, runtime.clock)
    runtime.worker(announcer.run)
    runtime.worker(announcer.run_due)
    importer = Importer(written, announcer, runtime.clock)
    runtime.routes(file_routes.routes(importer, exporter))
