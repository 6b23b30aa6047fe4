"""How long after an incident is asked for its runbook begins: from the beginning of the POST to the first step."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
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
TIMED_OUT = 504
"""What the gateway answers where a service is too slow; the incident may be there."""
SERVICES = 20
"""So that no service has as many runs as would look like a loop."""
OTHERS = 200
"""Runbooks that each incident is held against too, and that do not match."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An incident, when it was asked for, and when it was there; in Unix seconds."""

    id: str
    asked_at: float
    created_at: float


@dataclass(frozen=True, slots=True)
class Run:
    """When an execution was there, and when its first step began; in Unix seconds."""

    created_at: float
    started_at: float


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
    answered = [one for one in opened if one is not None]
    runs = await _runs(field, len(answered))
    ran = [(one, runs[one.id]) for one in answered if one.id in runs]
    if not ran:
        raise RuntimeError("no incident was answered and had its runbook run")
    late = (
        f"{len(opened)} incidents in {took:.0f} s, {len(opened) - len(answered)} not answered, "
        f"{len(answered) - len(ran)} without a run, {OTHERS} other runbooks"
    )
    whole = [run.started_at - one.asked_at for one, run in ran]
    parts = {
        "POST to incident": [one.created_at - one.asked_at for one, _ in ran],
        "incident to execution": [run.created_at - one.created_at for one, run in ran],
        "execution to first step": [run.started_at - run.created_at for _, run in ran],
    }
    return [
        Figure("runbook, incident to first step, p50", percentile(whole, 0.5) * 1000, "ms", note=late),
        Figure("runbook, p99", percentile(whole, 0.99) * 1000, "ms", GOAL_SECONDS * 1000),
        *(
            Figure(f"runbook, {name}, p99", percentile(waits, 0.99) * 1000, "ms", note=_median(waits))
            for name, waits in parts.items()
        ),
    ]


def _median(waits: Sequence[float]) -> str:
    return f"p50 {percentile(waits, 0.5) * 1000:.0f} ms"


async def _open(field: Field, number: int) -> Opened | None:
    """Open an incident in its turn; None where that was not answered in time."""
    await asyncio.sleep(number / PER_SECOND)
    connection = Connection(field.url, field.key)
    asked = {"title": f"{MARK} {number}", "service_id": f"runbook-{number % SERVICES}"}
    at = time.time()
    status, body = await connection.post("/incidents", json.dumps(asked).encode())
    connection.close()
    if status == TIMED_OUT:
        return None
    if status != 201:
        raise RuntimeError(f"the incident was answered {status}: {body[:300]!r}")
    made = json.loads(body)
    return Opened(str(made["id"]), at, _seconds(made["created_at"]))


async def _runs(field: Field, count: int) -> dict[str, Run]:
    """The run of each incident, once there are so many whose first step began, or after a while."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        rows = await _rows(field)
        found = {
            one["incident_id"]: Run(_seconds(one["created_at"]), _seconds(one["steps"][0]["started_at"]))
            for one in rows
            if one["steps"][0]["started_at"] is not None
        }
        if len(found) >= count or time.monotonic() > until:
            return found
        await asyncio.sleep(1)


def _seconds(written: str) -> float:
    return datetime.fromisoformat(written).timestamp()


async def _rows(field: Field) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await field.asking.read(f"/executions?runbook_id={RUNBOOK}&limit={PAGE}{cursor}")
        rows += page["items"]
        if page["next_cursor"] is None:
            return rows
        cursor = f"&cursor={page['next_cursor']}"
