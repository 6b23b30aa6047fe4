"""Puts the keeping of samples together."""

from __future__ import annotations

from services.analytics.samples.handlers import LimitOf, SamplesHandler
from services.analytics.samples.store import BlockStore, SeriesStore
from shared.copies.replica import Replica
from shared.runtime import Runtime
from shared.samples.message import QUEUE, decode

BATCH = 20
"""Messages at a time, each of up to five hundred series."""
GATHER_SECONDS = 0.5


def add_samples(runtime: Runtime, services: Replica, limit_of: LimitOf) -> tuple[SeriesStore, BlockStore]:
    """Takes the samples' queue in; returns what keeps series and samples."""
    series, blocks = SeriesStore(runtime), BlockStore(runtime)
    handler = SamplesHandler(series, blocks, services, runtime.clock, limit_of=limit_of)
    runtime.consume(QUEUE, handler.handle, decode, batch=BATCH, background=True, gather_seconds=GATHER_SECONDS)
    return series, blocks
