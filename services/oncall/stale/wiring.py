"""Puts together what was forgotten here."""

from __future__ import annotations

from services.oncall.directory.store import DirectoryStore
from services.oncall.drills.store import Drills
from services.oncall.escalation.store.escalations import Escalations
from services.oncall.stale.finding import StaleFinder
from shared.runtime import Runtime
from shared.stale.wiring import add_stale


def wire(runtime: Runtime, escalations: Escalations, drills: Drills, directory: DirectoryStore) -> None:
    """Answers the gateway with it, and tells whose it is once a day."""
    add_stale(runtime, StaleFinder(escalations, drills, directory, runtime.clock).find)
