"""Gives a service its part of what was forgotten."""

from __future__ import annotations

from shared.runtime import Runtime
from shared.stale.asking import Find, routes
from shared.stale.telling import StaleTeller


def add_stale(runtime: Runtime, find: Find) -> None:
    """Answers the gateway with what `find` finds, and tells whose it is once a day."""
    runtime.routes(routes(find))
    runtime.worker(StaleTeller(runtime, find).run)
