"""Puts similar incidents together: the comparison, what tells of the likest one, and the route."""

from __future__ import annotations

from services.analytics.search.indexer import Indexer
from services.analytics.similar import api
from services.analytics.similar.nearest import Nearest
from services.analytics.similar.store import Hints
from services.analytics.similar.teller import SimilarTeller
from shared.copies.replica import Replica
from shared.runtime import Runtime


def add_similar(runtime: Runtime, indexer: Indexer, incidents: Replica) -> SimilarTeller:
    """Adds `/incidents/{id}/similar`; returns what hears of incidents that open."""
    nearest, hints = Nearest(indexer), Hints(runtime)
    teller = SimilarTeller(nearest, hints, incidents, runtime.clock)
    runtime.worker(teller.run)
    runtime.snapshots("similar.found.v1", hints.snapshots)
    runtime.routes(api.routes(nearest, incidents))
    return teller
