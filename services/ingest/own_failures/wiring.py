"""Puts together what hears of our own dead letters."""

from __future__ import annotations

from functools import partial

from services.ingest.incident_copies.store import Incidents
from services.ingest.intake.accept import Intake
from services.ingest.own_failures.handlers import OwnFailureHandler, read_copy
from services.ingest.own_failures.store import LastAlert
from shared.bus.topology import DEAD_NEWS
from shared.runtime import Runtime


def wire(runtime: Runtime, intake: Intake, incidents: Incidents) -> None:
    """The queue of copies of dead letters."""
    handler = OwnFailureHandler(intake, LastAlert(runtime), incidents, runtime.clock)
    runtime.consume(DEAD_NEWS, handler.handle, partial(read_copy, namespace=runtime.settings.namespace))
