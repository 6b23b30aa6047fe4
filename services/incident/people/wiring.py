"""Puts together what is known of people."""

from __future__ import annotations

from services.incident.people.store import People
from shared.runtime import Runtime


def open_people(runtime: Runtime) -> People:
    """The store of people's names, which on-call's facts are copied into."""
    runtime.replicates(["user.changed.v1"], "incident")
    return People(runtime)
