"""Wires analytics."""

from __future__ import annotations

from services.analytics.burn_alerts.wiring import add_burn_alerts
from services.analytics.clusters.wiring import add_clusters
from services.analytics.component_outlook.wiring import add_component_outlook
from services.analytics.fair_load.wiring import add_fair_load
from services.analytics.figures.wiring import add_figures
from services.analytics.handlers import Copies, in_turn
from services.analytics.patterns.wiring import add_patterns
from services.analytics.predictions.wiring import add_predictions
from services.analytics.reliability.wiring import add_reliability
from services.analytics.reviews.wiring import add_reviews
from services.analytics.search.wiring import add_search
from services.analytics.similar.wiring import add_similar
from services.analytics.table.wiring import add_table
from shared.runtime import Runtime, main

QUEUE = "analytics"
REPLICATED = (
    "service.changed.v1",
    "incident.changed.v1",
    "postmortem.changed.v1",
    "action.changed.v1",
    "alert.opened.v1",
    "alert.resolved.v1",
    "runbook.changed.v1",
    "execution.finished.v1",
    "page.delivered.v1",
    "impact.changed.v1",
    "duty.recorded.v1",
)
GATHER_SECONDS = 1.0
"""The copies may be so late: what is told in the meantime is written at once."""


def build(runtime: Runtime) -> None:
    """Put analytics' parts into a runtime."""
    copies = Copies(runtime.database, runtime.clock)
    indexer = add_search(runtime)
    teller = add_similar(runtime, indexer, copies.incidents)
    runtime.consume_events(QUEUE, in_turn(copies.handle, teller.handle), background=True, gather_seconds=GATHER_SECONDS)
    runtime.consume_history(copies.handle)
    runtime.replicates(REPLICATED, QUEUE)
    clusters, table = add_clusters(runtime), add_table(runtime)
    add_patterns(runtime, clusters, indexer.nudge)
    add_reviews(runtime, add_figures(runtime, table, clusters), clusters)
    add_burn_alerts(runtime, add_reliability(runtime, table))
    add_fair_load(runtime, table)
    add_predictions(runtime, copies.services)
    add_component_outlook(runtime, table)


if __name__ == "__main__":
    main("analytics", build)
