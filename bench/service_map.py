"""How long the map of ten thousand services and fifty thousand edges takes to come in, and to be asked.

The file is imported by the API, as people do it. What is asked about is a service and an incident of it from which
almost everything is reached, both ways. Others read a small thing meanwhile: the longest that they wait says for how
long the incident service was deaf.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Mapping

from bench.connection import Connection
from bench.field import POLICY, Field
from bench.figures import Figure, percentile

EDGES_EACH = 5
HARD_EACH = 3
GOAL_MS = 200.0
DEAF_MS = 50.0
ANSWER_SECONDS = 10.0
"""So long the gateway waits for an answer."""
ROUNDS = 40
WARM_UP = 3
LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 300.0


async def measure(field: Field, services: int) -> list[Figure]:
    """The import and its dry run, then p99 of what is asked of the map, with `services` that need five others each."""
    text = catalogue(services).encode()
    size = f"{services:,} services, {services * EDGES_EACH:,} edges"
    quiet = await _longest_wait(field, asyncio.sleep(2))
    began = time.perf_counter()
    figures = [await _dry_run(field, text, "of a new file", size)]
    imported = time.perf_counter()
    deaf = await _longest_wait(field, _import(field, text))
    seconds = time.perf_counter() - imported
    figures.append(Figure("map import", seconds, "s", note=f"{services / seconds:,.0f} services/s"))
    figures.append(Figure("others' longest wait, import", deaf, "ms", note=f"{quiet:.0f} ms with nothing to do"))
    await field.settled()
    figures.append(await _dry_run(field, text, "of the same file", size))
    middle = service_id(services // 2)
    await field.asking.make("/incidents", {"title": "the middle of the map fails", "service_id": middle})
    incident: str = (await field.incidents(middle))[0]["id"]
    for name, path in _paths(middle, incident).items():
        first, times, size_kb = await _times(field, path)
        note = f"p50 {percentile(times, 0.5):.1f} ms, the first {first:,.0f} ms; {size_kb:,.0f} kB"
        figures.append(Figure(f"map {name}, p99", percentile(times, 0.99), "ms", goal=GOAL_MS, note=note))
    deaf = await _longest_wait(field, _everything_at_once(field, middle))
    figures.append(Figure("others' longest wait, map", deaf, "ms", goal=DEAF_MS, note=f"{quiet:.0f} ms with nothing"))
    print(f"map in {time.perf_counter() - began:.0f} s", flush=True)
    return figures


def service_id(number: int) -> str:
    """The id of a service of the file."""
    return f"mapped-{number:05d}"


def catalogue(services: int) -> str:
    """The file: each service needs five others, three of them hard; the same at every run."""
    drawn = random.Random(services)
    lines = ["services:"]
    for number in range(services):
        lines += [
            f"- id: {service_id(number)}",
            f"  name: Service {number:05d}",
            f"  tier: {1 + number % 4}",
            f"  escalation_policy_id: {POLICY}",
            f"  tags: [tag-{number % 20}]",
            "  depends_on:",
        ]
        others = [other for other in drawn.sample(range(services), EDGES_EACH + 1) if other != number][:EDGES_EACH]
        for place, other in enumerate(others):
            kind = "hard" if place < HARD_EACH else "soft"
            lines.append(f"  - {{service_id: {service_id(other)}, kind: {kind}}}")
    return "\n".join([*lines, ""])


def _paths(service: str, incident: str) -> Mapping[str, str]:
    return {
        "dependencies": f"/services/{service}/dependencies",
        "dependencies, two steps": f"/services/{service}/dependencies?depth=2",
        "impact": f"/services/{service}/impact",
        "graph": "/services/graph",
        "list": "/services",
        "list by tag and tier": "/services?tag=tag-7&tier=4",
        "list by text": "/services?q=service%20077",
        "incident view": f"/incidents/{incident}",
        "export": "/services/export",
    }


async def _dry_run(field: Field, text: bytes, of: str, note: str) -> Figure:
    began = time.perf_counter()
    status, answer = await field.asking.post("/services/import?dry_run=true", text)
    if status not in (200, 504):  # 504: the gateway has waited long enough, which is what the goal is about
        raise RuntimeError(f"the dry run was not answered: {status} {answer[:300]!r}")
    return Figure(f"map dry run {of}", time.perf_counter() - began, "s", goal=ANSWER_SECONDS, note=note)


async def _import(field: Field, text: bytes) -> None:
    """Import the file, and look after it where it takes longer than a call."""
    status, answer = await field.asking.post("/services/import", text)
    ending = time.monotonic() + PATIENCE_SECONDS
    while status == 202 and time.monotonic() < ending:
        await asyncio.sleep(0.5)
        job = await field.asking.read(f"/services/imports/{json.loads(answer)['id']}")
        if job["state"] == "done":
            return
    if status != 200:
        raise RuntimeError(f"the catalogue was not imported: {status} {answer[:300]!r}")


async def _times(field: Field, path: str) -> tuple[float, list[float], float]:
    """Milliseconds of the first read, of all but the first few, and the kilobytes of one."""
    times: list[float] = []
    size = 0
    for _ in range(ROUNDS + WARM_UP):
        began = time.perf_counter()
        status, body = await field.asking.get(path)
        if status != 200:
            raise RuntimeError(f"GET {path}: {status} {body[:300]!r}")
        times.append((time.perf_counter() - began) * 1000)
        size = len(body)
    return times[0], times[WARM_UP:], size / 1000


async def _everything_at_once(field: Field, service: str) -> None:
    for _ in range(10):
        for path in (f"/services/{service}/impact", f"/services/{service}/dependencies", "/services/graph"):
            await field.asking.get(path)


async def _longest_wait(field: Field, work: Awaitable[None]) -> float:
    """The milliseconds that a reader of one service waited at worst while the work was done."""
    connection = Connection(field.url, field.key)
    doing = asyncio.ensure_future(work)
    worst = 0.0
    while not doing.done():
        began = time.perf_counter()
        await connection.get("/services/unrouted")
        worst = max(worst, (time.perf_counter() - began) * 1000)
        await asyncio.sleep(LOOK_SECONDS)
    connection.close()
    await doing
    return worst
