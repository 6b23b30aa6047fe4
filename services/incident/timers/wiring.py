"""Starts the worker for what incidents do by time alone."""

from __future__ import annotations

from services.incident.incidents.store.incidents import Incidents
from services.incident.timers.due_worker import DueWorker
from shared.runtime import Runtime


def wire(runtime: Runtime, incidents: Incidents) -> None:
    """Starts the worker."""
    runtime.worker(DueWorker(incidents, runtime.clock).run)
