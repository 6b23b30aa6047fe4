"""How long after an incident is asked for its runbook begins: from the beginning of the POST to the first step."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import datetime
from typing import Any

from bench.connection import Connection
from bench.field import Field
from bench.figures import Figure, percentile

PER_SECOND = 10
SECONDS = 20
RUNBOOK = "bench"
MARK = "Runbook bench"
GOAL_SECONDS = 2.0
WAIT_SECONDS = 60
PAGE = 200
SERVICES = 20
"""So that no service has as many runs as would look like a loop."""
OTHERS = 200
"""Runbooks that each incident is held against too, and that do not match."""


async def measure(field: Field) -> list[Figure]:
    """p50 and p99 at ten new incidents a second, with as many other runbooks as an organisation may have."""
    step = {"type": "wait", "name": "begin", "timeout_seconds": 0}
    for number in range(OTHERS):
        other = {
            "id": f"other-{number}",
            "name": "other",
            "steps": [step],
            "triggers": [{"title_regex": f"^x{number}.*y"}],
        }
        await field.asking.make("/runbooks", other)
    mine = {"id": RUNBOOK, "name": RUNBOOK, "steps": [step], "triggers": [{"title_regex": f"^{MARK}"}]}
    await field.asking.make("/runbooks", mine)
    services = [f"runbook-{number}" for number in range(SERVICES)]
    await field.make_services(services)
    await field.settled()
    began = time.perf_counter()
    opened = await asyncio.gather(*(_open(field, number) for number in range(PER_SECOND * SECONDS)))
    took = time.perf_counter() - began
    started = await _started(field, len(opened))
    waits = [started[key] - at for key, at in opened if key in started]
    late = f"{len(opened)} incidents in {took:.0f} s, {len(opened) - len(waits)} without a run, {OTHERS} other runbooks"
    return [
        Figure("runbook, incident to first step, p50", percentile(waits, 0.5) * 1000, "ms", note=late),
        Figure("runbook, p99", percentile(waits, 0.99) * 1000, "ms", GOAL_SECONDS * 1000),
    ]


async def _open(field: Field, number: int) -> tuple[str, float]:
    """Open an incident in its turn; its id, and when that was asked for."""
    await asyncio.sleep(number / PER_SECOND)
    connection = Connection(field.url, field.key)
    asked = {"title": f"{MARK} {number}", "service_id": f"runbook-{number % SERVICES}"}
    at = time.time()
    status, body = await connection.post("/incidents", json.dumps(asked).encode())
    connection.close()
    if status != 201:
        raise RuntimeError(f"the incident was answered {status}: {body[:300]!r}")
    return str(json.loads(body)["id"]), at


async def _started(field: Field, count: int) -> dict[str, float]:
    """When the first step of each incident's run began, once there are so many, or after a while."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        rows = await _rows(field)
        found = {
            one["incident_id"]: datetime.fromisoformat(one["steps"][0]["started_at"]).timestamp()
            for one in rows
            if one["steps"][0]["started_at"] is not None
        }
        if len(found) >= count or time.monotonic() > until:
            return found
        await asyncio.sleep(1)


async def _rows(field: Field) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await field.asking.read(f"/executions?runbook_id={RUNBOOK}&limit={PAGE}{cursor}")
        rows += page["items"]
        if page["next_cursor"] is None:
            return rows
        cursor = f"&cursor={page['next_cursor']}"
