"""Puts together what is known of people."""

from __future__ import annotations

from services.automation.people.store import REPLICATED, People
from shared.runtime import Runtime


def open_people(runtime: Runtime, queue: str) -> People:
    """The store of people's roles and teams, which on-call's facts are copied into by this queue."""
    runtime.replicates(REPLICATED, queue)
    return People(runtime)
