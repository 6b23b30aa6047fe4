"""Decide rate: alerts a second that go the whole way (dedup, route, group, incident, escalation), no queue growing."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass

from bench.connection import Connection
from bench.feeder import MARKED, PER_REQUEST, Feeder, Mixed, alert
from bench.field import Field
from bench.figures import Figure
from deploy.local.database import Server

SERVICES = 1000
MARKER = "decide-marker"
AHEAD = 25
"""Requests that may be under way: enough that nobody waits for work, and a bound on every queue."""
LOOK_SECONDS = 0.3
"""Between two looks at the marker's incident: reading a list costs what is measured too."""
WARM_UP_SECONDS = 5
PATIENCE_SECONDS = 600
GOALS = {Server.SECANTUS_PYTHON: 1000.0}
FAST_GOAL = 3000.0


@dataclass(frozen=True, slots=True)
class Seen:
    """At `at`, so many requests had gone the whole way."""

    at: float
    requests: int


async def measure(field: Field, seconds: int, server: Server | None) -> list[Figure]:
    """First every service's incident is opened, by an alert each; then the rate is taken over `seconds`."""
    services = [f"decide-{number:04d}" for number in range(SERVICES)]
    await field.make_services([*services, MARKER])
    await asyncio.sleep(2)
    opening = await _open_all(field, [MARKER, *services])
    deepest: dict[str, int] = {}
    with Feeder(field.url, field.key, Mixed(SERVICES, MARKER)) as feeder:
        feeder.allow(AHEAD)
        await _follow(field, feeder, WARM_UP_SECONDS, {})
        start = await _progress(field)
        end = await _follow(field, feeder, seconds, deepest)
        feeder.allow(0)
        refused = feeder.refused
    await field.settled()
    queue, depth = max(deepest.items(), key=lambda one: one[1], default=("none", 0))
    return [
        opening,
        Figure(
            "Tocsin decides",
            (end.requests - start.requests) * PER_REQUEST / (end.at - start.at),
            "alerts/s",
            goal=GOALS.get(server, FAST_GOAL) if server else FAST_GOAL,
            more_is_better=True,
            note=f"over {end.at - start.at:.0f} s; deepest queue {queue}: {depth}"
            + (f"; {refused} requests refused" if refused else ""),
        ),
    ]


async def _open_all(field: Field, services: list[str]) -> Figure:
    began = time.monotonic()
    connection = Connection(field.url, field.key)
    for start in range(0, len(services), PER_REQUEST):
        body = [alert(service, f"first-{service}") for service in services[start : start + PER_REQUEST]]
        status, answer = await connection.post("/incidents/webhook", json.dumps(body).encode())
        if status != 202:
            raise RuntimeError(f"the alerts were answered {status}: {answer[:300]!r}")
    connection.close()
    missing = len(services)
    while missing and time.monotonic() < began + PATIENCE_SECONDS:
        await asyncio.sleep(0.2)
        missing = len(set(services) - field.paged().keys())
    took = time.monotonic() - began
    note = f"{len(services)} at once, all paged in {took:.1f} s" + (f"; {missing} NEVER PAGED" if missing else "")
    return Figure("Tocsin opens and pages", len(services) / took, "incidents/s", note=note)


async def _progress(field: Field) -> Seen:
    return Seen(time.monotonic(), (await field.members(MARKER) - 1) * MARKED)


async def _follow(field: Field, feeder: Feeder, seconds: float, deepest: dict[str, int]) -> Seen:
    """Let the feeder run so far ahead of what is processed, and look at the queues now and then."""
    until = time.monotonic() + seconds
    look_again = 0.0
    while True:
        seen = await _progress(field)
        feeder.allow(seen.requests + AHEAD)
        if seen.at >= until:
            return seen
        if seen.at >= look_again:
            look_again = seen.at + 2
            for queue, depth in (await field.depths()).items():
                deepest[queue] = max(depth, deepest.get(queue, 0))
        await asyncio.sleep(LOOK_SECONDS)
