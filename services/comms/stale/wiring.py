"""Puts together what was forgotten here."""

from __future__ import annotations

from services.comms.incident_copies.store import IncidentCopies
from services.comms.stale.finding import StaleFinder
from services.comms.status_pages.store import StatusPages
from shared.runtime import Runtime
from shared.stale.wiring import add_stale


def add_stale_pages(runtime: Runtime, pages: StatusPages, copies: IncidentCopies) -> None:
    """Answers the gateway with it, and tells whose it is once a day."""
    add_stale(runtime, StaleFinder(pages, copies, runtime.clock).find)
