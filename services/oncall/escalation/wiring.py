"""Puts the engine together: its stores, its clock, what it hears, and its routes."""

from __future__ import annotations

from dataclasses import dataclass

from services.oncall.directory.store import DirectoryStore
from services.oncall.escalation import api as escalation_routes
from services.oncall.escalation.handlers import HistoryHandler, IncidentHandler, PageHandler
from services.oncall.escalation.store.escalations import Escalations
from services.oncall.escalation.store.never_paged import NeverPaged
from services.oncall.escalation.store.page_rows import Pages
from services.oncall.escalation.store.reachability import Reachability
from services.oncall.escalation.store.turns import Turns
from services.oncall.escalation.ticker import Ticker
from services.oncall.runbook_copies.store import RunbookCopies
from shared.leader_lease import LeaderLease
from shared.runtime import Runtime

GATHER_SECONDS = 0.5
"""So long hand-overs wait for more, which lead on to nothing; a page that failed does not."""


@dataclass(frozen=True, slots=True)
class EscalationStores:
    """The stores of the engine: escalations and pages."""

    escalations: Escalations
    pages: Pages
    reachability: Reachability
    turns: Turns


def open_stores(runtime: Runtime) -> EscalationStores:
    """The stores; escalations are told again on request."""
    stores = EscalationStores(Escalations(runtime), Pages(runtime), Reachability(runtime), Turns(runtime))
    runtime.snapshots("escalation.changed.v1", stores.escalations.snapshots)
    runtime.worker(stores.reachability.run)
    runtime.on_drain(stores.reachability.write_kept_back)
    return stores


def wire(
    runtime: Runtime, stores: EscalationStores, directory: DirectoryStore, runbooks: RunbookCopies
) -> IncidentHandler:
    """Starts the ticker, consumes page results, adds the routes; returns the handler of incidents."""
    clock, turns = runtime.clock, stores.turns
    never_paged = NeverPaged(runtime)
    runtime.routes(escalation_routes.routes(stores.escalations, never_paged, stores.pages, directory))
    runtime.consume_history(HistoryHandler(never_paged, directory, clock).handle)
    results = PageHandler(stores.escalations, stores.pages, stores.reachability, directory, clock, turns=turns)
    runtime.consume_events(
        "oncall.pages", results.handle, gather_seconds=GATHER_SECONDS, patient=("page.delivered.v1",)
    )
    lease = LeaderLease(runtime, "ticker")
    runtime.worker(Ticker(stores.escalations, directory, turns, lease, clock, handed_on=runtime.relay.drain).run)
    runtime.on_drain(lease.release)
    return IncidentHandler(stores.escalations, directory, turns, runbooks, clock)
