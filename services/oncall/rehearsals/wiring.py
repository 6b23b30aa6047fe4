"""Puts rehearsals together."""

from __future__ import annotations

from services.oncall.directory.store import DirectoryStore
from services.oncall.escalation.wiring import EscalationStores
from services.oncall.rehearsals import api as rehearsal_routes
from services.oncall.runbook_copies.store import RunbookCopies
from shared.process.off_loop import OffLoop
from shared.runtime import Runtime


def wire(runtime: Runtime, directory: DirectoryStore, stores: EscalationStores, runbooks: RunbookCopies) -> None:
    """Adds `/rehearsals`."""
    runtime.routes(
        rehearsal_routes.routes(directory, stores.escalations, stores.turns, runbooks, OffLoop(), clock=runtime.clock)
    )
