"""Wires automation."""

from __future__ import annotations

from services.automation.handlers import Copies
from services.automation.runbooks.wiring import add_runbooks
from services.automation.sandbox.wiring import add_sandbox
from services.automation.scripts.choice import SandboxOnly
from shared.copies.replica import Replica
from shared.runtime import Runtime, main

QUEUE = "automation"
GATHER_SECONDS = 1.0
"""The copies may be so late: what is told in the meantime is written at once."""


def build(runtime: Runtime) -> None:
    """Put automation's parts into a runtime."""
    database = runtime.database
    copies = Copies(Replica(database.collection("services")), Replica(database.collection("incidents")))
    add_runbooks(runtime, SandboxOnly(add_sandbox(runtime)))
    runtime.consume_events(QUEUE, copies.handle, background=True, gather_seconds=GATHER_SECONDS)
    runtime.replicates(["service.changed.v1", "incident.changed.v1"], QUEUE)


if __name__ == "__main__":
    main("automation", build)
