"""History brought in and found: rows a second until they are stored, and until every copy has them; memory; lists.

Two histories are brought in, each in calls of `CALL` rows. The first is one of ordinary rows without ids, in the order
of time, as a migration sends them; the second has sparse six-digit numbers, and the list is read through it.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import footprint
from bench.field import Field
from bench.figures import Figure, percentile
from deploy.local.stack import Stack

CALL = 500
SPARSE = 10_000
PER_DAY = 250
ROUNDS = 100
STORED_GOAL = 250.0
FOUND_GOAL = 100.0
LIST_GOAL_MS = 100.0
MEMORY_GOAL_MB = 500.0
PARTS = ("gateway", "ingest", "incident", "oncall", "automation", "comms", "analytics", "broker", "database")
_FIRST = datetime(2024, 1, 1, tzinfo=UTC)
_WORDS = (
    "database", "connection", "pool", "timeout", "disk", "full", "memory", "leak", "login", "payment", "queue", "stuck",
)  # fmt: skip
_QUIET_SECONDS = 600.0


async def measure(field: Field, stack: Stack, rows: int) -> list[Figure]:
    """Bring `rows` ordinary rows in, then some with sparse numbers, and read lists."""
    for part in PARTS:
        footprint.forget_peaks(stack, part)
    before = footprint.processor_seconds(stack)
    began = time.monotonic()
    await _bring_in(field, _ordinary(rows))
    stored = time.monotonic() - began
    await _until_found(field, rows)
    found = time.monotonic() - began
    spent = {name: seconds - before.get(name, 0) for name, seconds in footprint.processor_seconds(stack).items()}
    busiest = sorted(((value * 1000 / rows, name) for name, value in spent.items()), reverse=True)
    work = ", ".join(f"{name} {value:.1f}" for value, name in busiest[:5])
    peaks = {part: footprint.peak_megabytes(stack, part) for part in PARTS}
    largest = max(peaks, key=lambda part: peaks[part])
    await _bring_in(field, _sparse(SPARSE))
    await _until_found(field, rows + SPARSE)
    return [
        Figure(
            "history: stored", rows / stored, "rows/s", STORED_GOAL, True, f"{rows:,} rows, {CALL} a call"
        ),
        Figure(
            "history: in every copy",
            rows / found,
            "rows/s",
            FOUND_GOAL,
            more_is_better=True,
            note=f"{sum(spent.values()) * 1000 / rows:.1f} ms of a core a row: {work}",
        ),
        Figure("history: largest process", peaks[largest], "MB", goal=MEMORY_GOAL_MB, note=largest),
        *await _lists(field),
    ]  # fmt: skip


async def _bring_in(field: Field, rows: Iterator[dict[str, Any]]) -> None:
    waiting = list(rows)
    for start in range(0, len(waiting), CALL):
        body = json.dumps({"incidents": waiting[start : start + CALL]}).encode()
        status, answer = await field.asking.post("/history/import", body)
        if status != 200 or json.loads(answer)["rejected"]:
            raise RuntimeError(f"the history was not taken: {status} {answer[:300]!r}")


async def _until_found(field: Field, rows: int) -> None:
    """Return when the copies of those who count, search and tell have all of them."""
    async with field.database("analytics") as analytics, field.database("comms") as comms:
        until = time.monotonic() + _QUIET_SECONDS
        while time.monotonic() < until:
            counts = [await database.incidents.count_documents({}) for database in (analytics, comms)]
            if min(counts) >= rows:
                return
            await asyncio.sleep(1)
    raise RuntimeError("the copies did not come")


async def _lists(field: Field) -> list[Figure]:
    """The list page by page through all that was brought in, and some filtered ones."""
    times: dict[str, list[float]] = {"history: list, p99": [], "history: filtered list, p99": []}
    cursor = ""
    for number in range(ROUNDS):
        filters = ("status=resolved", f"service_id=old-{number % 40}", "severity=high&imported=true")[number % 3]
        for name, path in (
            ("history: list, p99", f"/incidents?limit=50&cursor={cursor}"),
            ("history: filtered list, p99", f"/incidents?limit=50&{filters}"),
        ):
            began = time.perf_counter()
            page = await field.asking.read(path)
            times[name].append((time.perf_counter() - began) * 1000)
            cursor = (page["next_cursor"] or "") if name == "history: list, p99" else cursor
    return [
        Figure(
            name,
            percentile(those, 0.99),
            "ms",
            goal=LIST_GOAL_MS,
            note=f"{SPARSE:,} sparse ids of six digits; p50 {percentile(those, 0.5):.1f} ms",
        )
        for name, those in times.items()
    ]


def _ordinary(rows: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(1)
    for number in range(rows):
        yield _row(chance, _FIRST + timedelta(days=number // PER_DAY, minutes=5 * (number % PER_DAY)), number)


def _sparse(rows: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(2)
    for number in range(rows):
        at = datetime.now(UTC) - timedelta(days=2 + number % 90)
        yield _row(chance, at, number) | {"id": f"INC-{at:%Y%m%d}-{1 + number * 97 % 999_983:06d}"}


def _row(chance: random.Random, at: datetime, number: int) -> dict[str, Any]:
    over = at + timedelta(minutes=chance.randrange(1, 300))
    return {
        "title": " ".join(chance.sample(_WORDS, 5)),
        "created_at": at.isoformat(),
        "resolved_at": over.isoformat(),
        "severity": chance.choice(("critical", "high", "medium", "low")),
        "category": "error",
        "service_id": f"old-{chance.randrange(40)}",
        "description": f"It happened on host {number} and was seen by three people.",
        "root_cause": f"A pool was too small, as in change {number}.",
        "actions_taken": ["Restarted the pool"],
        "timeline": [{"at": at.isoformat(), "text": "Found the cause.", "author": "sara"}],
    }
