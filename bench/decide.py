"""Decide rate: alerts a second that go the whole way (dedup, route, group, incident, escalation), no queue growing."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from bench.feeder import MARKED, PER_REQUEST, Feeder, Mixed
from bench.field import Field
from bench.figures import Figure
from deploy.local.database import Server

SERVICES = 1000
MARKER = "decide-marker"
AHEAD = 60
"""Requests that may be under way: enough that nobody waits for work, and a bound on every queue."""
WARM_UP_SECONDS = 15
GOALS = {Server.SECANTUS_PYTHON: 1000.0}
FAST_GOAL = 3000.0


@dataclass(frozen=True, slots=True)
class Seen:
    """At `at`, so many requests had gone the whole way."""

    at: float
    requests: int


async def measure(field: Field, seconds: int, server: Server | None) -> list[Figure]:
    """The rate over `seconds` after a warm-up in which every service's incident opens."""
    services = [f"decide-{number:04d}" for number in range(SERVICES)]
    await field.make_services([*services, MARKER])
    await asyncio.sleep(2)
    deepest: dict[str, int] = {}
    with Feeder(field.url, field.key, Mixed(SERVICES, MARKER)) as feeder:
        feeder.allow(AHEAD)
        await _follow(field, feeder, WARM_UP_SECONDS, {})
        start = await _progress(field)
        end = await _follow(field, feeder, seconds, deepest)
        feeder.allow(0)
        refused = feeder.refused
    await field.settled()
    paged = len([service for service in field.paged() if service.startswith("decide-")])
    queue, depth = max(deepest.items(), key=lambda one: one[1], default=("none", 0))
    return [
        Figure(
            "Tocsin decides",
            (end.requests - start.requests) * PER_REQUEST / (end.at - start.at),
            "alerts/s",
            goal=GOALS.get(server, FAST_GOAL) if server else FAST_GOAL,
            more_is_better=True,
            note=f"over {end.at - start.at:.0f} s; deepest queue {queue}: {depth}; {paged} of {SERVICES + 1} paged"
            + (f"; {refused} requests refused" if refused else ""),
        )
    ]


async def _progress(field: Field) -> Seen:
    return Seen(time.monotonic(), await field.members(MARKER) * MARKED)


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
        await asyncio.sleep(0.1)
