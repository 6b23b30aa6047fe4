"""Puts the live stream together."""

from __future__ import annotations

from services.gateway.proxy.ownership import Owners
from services.gateway.stream import api as stream_routes
from services.gateway.stream.feed import Feed
from services.gateway.stream.sse import PositionSigner
from shared.runtime import Runtime


def add_stream(runtime: Runtime, owners: Owners) -> None:
    """`/stream`, and what reads the log of events for all who listen."""
    feed = Feed(runtime.settings, runtime.clock)
    positions = PositionSigner(runtime.settings.secret_key)
    runtime.routes(stream_routes.routes(feed, owners, positions, runtime.clock))
    runtime.worker(feed.run)
    runtime.on_drain(feed.close)
