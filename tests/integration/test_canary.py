"""A canary goes through all four services on the way of a page, leaves nothing behind and costs little."""

from __future__ import annotations

from collections.abc import Sequence

from bson import BSON
from pymongo import monitoring

from services.comms.app import build as build_comms
from services.incident.app import build as build_incident
from services.ingest.app import build as build_ingest
from services.oncall.app import build as build_oncall
from shared.mongo import Collection
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing.harness import Harness, eventually

BUILDS = (
    ("incident", build_incident),
    ("oncall", build_oncall),
    ("comms", build_comms),
    ("ingest", build_ingest),
)
AT_MOST = 40
"""Commands that one canary may cost all databases together."""


class Asked(monitoring.CommandListener):
    """Counts the commands of one namespace that have to do with the canary."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self.count = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.database_name.startswith(self._namespace) and "canary" in str(event.command):
            self.count += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


def arrived(harness: Harness) -> int:
    """How many pages of canaries were handed over."""
    return sum(event.type == "page.delivered.v1" for event in harness.events)


async def sizes(runtimes: Sequence[Runtime]) -> dict[str, int]:
    """How much is stored, by service and collection, where the canary may leave anything."""
    found: dict[str, int] = {}
    for runtime in runtimes:
        for name in await runtime.database.collection("canary").database.list_collection_names():
            documents = await runtime.database.collection(name).find({}).to_list()
            found[f"{runtime.name}.{name}"] = sum(len(BSON.encode(one)) for one in documents)
    return found


async def test_every_canary_arrives_nothing_grows_and_it_costs_few_commands(apart: Settings) -> None:
    asked = Asked(apart.namespace)
    monitoring.register(asked)
    harness = Harness(apart.model_copy(update={"canary_seconds": 1}))
    try:
        runtimes = [await harness.start(name, build) for name, build in BUILDS]
        await eventually(lambda: arrived(harness), seconds=30, until=lambda count: count >= 3)
        before, count, sent = await sizes(runtimes), asked.count, arrived(harness)
        await eventually(lambda: arrived(harness), seconds=30, until=lambda count: count >= sent + 5)
        cost = (asked.count - count) / (arrived(harness) - sent)
        after = await sizes(runtimes)
        # an outbox that was not cleared yet, at one of the two moments, is some kilobytes
        grown = {name: size - before[name] for name, size in after.items() if size > before[name] + 8_000}
        assert grown == {}
        assert after["incident.incidents"] == after["comms.deliveries"] == after["oncall.pages"] == 0
        assert after["ingest.alerts"] == 0
        assert cost <= AT_MOST
        incident: Collection = runtimes[0].database.collection("canary")
        await eventually(lambda: incident.find_one({"open": False}))
    finally:
        await harness.close()


async def test_of_two_replicas_one_sends_each_canary(apart: Settings) -> None:
    harness = Harness(apart.model_copy(update={"canary_seconds": 2}))
    try:
        await harness.start("ingest", build_ingest)
        await harness.start("ingest", build_ingest, instance="ingest.2")
        opened = await eventually(
            lambda: [event for event in harness.events if event.type == "alert.opened.v1"],
            seconds=30,
            until=lambda events: len(events) >= 3,
        )
        between = (opened[-1].time - opened[0].time).total_seconds() / (len(opened) - 1)
        assert between > 1.4, "two a beat"
    finally:
        await harness.close()
