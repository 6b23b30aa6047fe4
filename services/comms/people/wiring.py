"""Wiring of people: their stores, and the queue that tells of them."""

from __future__ import annotations

from services.comms.people.handlers import PeopleHandler
from services.comms.people.store.erased import ErasedPeople
from services.comms.people.store.people import People
from shared.runtime import Runtime


def add_people(runtime: Runtime) -> PeopleHandler:
    """Put people into the service; whoever keeps something of them has to say how it is forgotten (`on_erased`)."""
    handler = PeopleHandler(People(runtime), ErasedPeople(runtime))
    runtime.consume_events("comms.people", handler.handle)
    runtime.replicates(["user.changed.v1", "team.changed.v1", "user.erased.v1"], "comms.people")
    return handler
