"""Puts holds together: what is known of runs, and what hears of them."""

from __future__ import annotations

from services.oncall.directory.store import DirectoryStore
from services.oncall.escalation.wiring import EscalationStores
from services.oncall.holds.handlers import RunHandler, read_run
from services.oncall.holds.store import RunbookRuns
from services.oncall.runbook_copies.store import RunbookCopies
from shared.events.automation import HOLDING_RUNS
from shared.runtime import Runtime


def wire(runtime: Runtime, stores: EscalationStores, directory: DirectoryStore, runbooks: RunbookCopies) -> RunHandler:
    """Consumes the queue of runs; returns what is to hear of incidents after the engine did."""
    handler = RunHandler(
        RunbookRuns(runtime), runbooks, stores.escalations, directory, stores.turns, clock=runtime.clock
    )
    runtime.consume(HOLDING_RUNS, handler.handle, read_run)
    return handler
