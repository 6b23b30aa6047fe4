"""Very large bodies at once: what they take of ingest's memory, and how long another alert waits meanwhile."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter

from bench.connection import Connection
from bench.feeder import alert
from bench.field import Field
from bench.figures import Figure
from bench.footprint import forget_peaks, megabytes, peak_megabytes
from deploy.local.stack import Stack

AT_ONCE = 6
MEGABYTE = 1024 * 1024
LARGEST = 10 * MEGABYTE
ALLOWED_MB = 512.0
"""What `deploy/compose.yaml` allows ingest."""
GOAL_SECONDS = 2.0
INGEST = "ingest"


def listed(unit: bytes) -> bytes:
    """A list of nothing but this, as long as a body may be."""
    return b"[" + b",".join([unit] * ((LARGEST - 2) // (len(unit) + 1))) + b"]"


def _inside(unit: bytes) -> bytes:
    """One alert, which has nearly as many of these as a body may hold."""
    return (
        b'{"title": "one", "service": "bodies", "dedup_key": "one", "more": [' + b",".join([unit] * 1_100_000) + b"]}"
    )


def _alerts(number: int) -> bytes:
    return json.dumps([alert("bodies", f"body-{index}") for index in range(number)]).encode()


async def measure(field: Field, stack: Stack) -> list[Figure]:
    """Six of each kind at once."""
    await field.make_services(["bodies", "calm"])
    figures: list[Figure] = []
    kinds = {"[{},{},…]": listed(b"{}"), "[{…[[],[],…]}]": _inside(b"[]"), "[[[…]],…]": listed(b"[" * 50 + b"]" * 50)}
    kinds["alerts"] = _alerts(40_000)
    for name, body in kinds.items():
        figures += await _measure(field, stack, name, body)
    return figures


async def _measure(field: Field, stack: Stack, name: str, body: bytes) -> list[Figure]:
    before = megabytes(stack)[INGEST]
    forget_peaks(stack, INGEST)
    connections = [Connection(field.url, field.key) for _ in range(AT_ONCE)]
    large = [asyncio.create_task(one.post("/incidents/webhook", body)) for one in connections]
    slowest, again, small = 0.0, 0, json.dumps(alert("calm", "calm")).encode()
    calm = Connection(field.url, field.key)
    began = time.monotonic()
    while not all(task.done() for task in large):
        asked = time.monotonic()
        while (await calm.post("/incidents/webhook", small))[0] != 202:
            again += 1
        slowest = max(slowest, time.monotonic() - asked)
        await asyncio.sleep(0.02)
    took = time.monotonic() - began
    statuses = Counter(task.result()[0] for task in large)
    for connection in (*connections, calm):
        connection.close()
    peak = peak_megabytes(stack, INGEST)
    await field.settled()
    answered = ", ".join(f"{number} × {status}" for status, number in sorted(statuses.items()))
    what = f"{AT_ONCE} × {len(body) / MEGABYTE:.1f} MB {name}"
    return [
        Figure(f"{what}: peak of ingest", peak, "MB", goal=ALLOWED_MB, note=f"{answered} in {took:.1f} s"),
        Figure(
            f"{what}: another alert",
            slowest,
            "s",
            goal=GOAL_SECONDS,
            note=f"sent {again} times more; ingest {before:.0f} MB before, {megabytes(stack)[INGEST]:.0f} MB after",
        ),
    ]
