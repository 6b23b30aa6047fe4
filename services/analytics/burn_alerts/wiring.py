"""Puts burn alerts together: what looks at budgets, and what it tells."""

from __future__ import annotations

from services.analytics.burn_alerts.store import Budgets
from services.analytics.burn_alerts.watcher import BurnWatcher
from services.analytics.reliability.reader import ReliabilityReader
from shared.leader_lease import LeaderLease
from shared.runtime import Runtime


def add_burn_alerts(runtime: Runtime, reader: ReliabilityReader) -> None:
    """Looks at the error budgets of all services, and tells `budget.changed.v1`."""
    budgets = Budgets(runtime)
    runtime.snapshots("budget.changed.v1", budgets.snapshots)
    lease = LeaderLease(runtime, "burn alerts")
    runtime.worker(BurnWatcher(reader, budgets, lease, runtime.clock).run)
