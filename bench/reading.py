"""How long people wait for what they read most, with many incidents stored, and with ten times as many.

One incident is made by the API; what the service wrote of it is then multiplied in the database, under other numbers
of other days, all resolved.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bench.field import ENGINEER, Field
from bench.figures import Figure, percentile
from services.incident.numbering.incident_ids import day_of, incident_id, rank_of

GOAL_MS = 100.0
GOAL_GROWTH = 1.5
PER_DAY = 1_000
CHUNK = 500
ROUNDS = 200
SCHEDULE = "reading"

Document = dict[str, Any]


async def measure(field: Field, incidents: int) -> list[Figure]:
    """p99 of four reads with `incidents` stored, and how much longer they take than with a tenth of it."""
    await field.make_services(["reading"])
    await _make_schedule(field)
    async with field.database("incident") as database:
        source = await _source(field, database)
        paths = _paths(source)
        tenth = incidents // 10
        await _multiply(database, source, 0, tenth)
        before = await _times(field, paths)
        await _multiply(database, source, tenth, incidents)
        after = await _times(field, paths)
    figures = [
        Figure(
            f"read {name}, p99",
            percentile(after[name], 0.99),
            "ms",
            goal=GOAL_MS,
            note=f"{incidents:,} incidents; p50 {percentile(after[name], 0.5):.1f} ms",
        )
        for name in paths
    ]
    for share in (0.5, 0.99):
        growth = {name: percentile(after[name], share) / percentile(before[name], share) for name in paths}
        worst = max(growth, key=lambda name: growth[name])
        figures.append(
            Figure(
                f"read, p{share * 100:.0f} against {tenth:,}",
                growth[worst],
                "times",
                goal=GOAL_GROWTH,
                note=f"the worst: {worst}",
            )
        )
    return figures


def _paths(incident: str) -> Mapping[str, str]:
    return {
        "incident list": "/incidents",
        "incident list of a service": "/incidents?service_id=reading",
        "incident view": f"/incidents/{incident}",
        "who is on call": f"/schedules/{SCHEDULE}/on-call",
    }


async def _make_schedule(field: Field) -> None:
    layer = {
        "name": "first",
        "starts_at": "2026-01-05T09:00:00",
        "rotation": {"unit": "week", "turn_length": 1},
        "participants": [ENGINEER],
    }
    body = {"id": SCHEDULE, "name": SCHEDULE, "time_zone": "Europe/Berlin", "layers": [layer]}
    await field.asking.make("/schedules", body)


async def _source(field: Field, database: Any) -> str:
    await field.asking.make("/incidents", {"title": "the one that is multiplied", "service_id": "reading"})
    incident: str = (await field.incidents("reading"))[0]["id"]
    status, answer = await field.asking.post(f"/incidents/{incident}/resolve", b"{}")
    if status != 200:
        raise RuntimeError(f"the incident was not resolved: {status} {answer[:300]!r}")
    for _ in range(100):
        await asyncio.sleep(0.1)
        kept = await database.incidents.find_one({"_id": incident})
        if "outbox" not in kept and await database.incident_facets.find_one({"_id": incident}):
            return incident
    raise RuntimeError("the incident's outbox was not handed on")


async def _multiply(database: Any, source: str, first: int, last: int) -> None:
    """Write the incidents with these running numbers, `PER_DAY` a day, back from yesterday."""
    incident = await database.incidents.find_one({"_id": source})
    facet = await database.incident_facets.find_one({"_id": source})
    created: datetime = incident["created_at"]
    for numbers in _chunks(first, last):
        incidents: list[Document] = []
        facets: list[Document] = []
        for number in numbers:
            at = created - timedelta(days=1 + number // PER_DAY)
            key = incident_id(day_of(at), 1 + number % PER_DAY)
            incidents.append(incident | {"_id": key, "created_at": at, "resolved_at": at + timedelta(minutes=5)})
            facets.append(facet | {"_id": key, "rank": rank_of(key)})
        await database.incidents.insert_many(incidents, ordered=False)
        await database.incident_facets.insert_many(facets, ordered=False)
    for back in range(first // PER_DAY, -(-last // PER_DAY)):
        day = day_of(created - timedelta(days=1 + back))
        taken = min(PER_DAY, last - back * PER_DAY)
        await database.incident_days.update_one({"_id": day}, {"$set": {"day": day, "taken": taken}}, upsert=True)


def _chunks(first: int, last: int) -> Iterator[range]:
    for start in range(first, last, CHUNK):
        yield range(start, min(start + CHUNK, last))


async def _times(field: Field, paths: Mapping[str, str]) -> dict[str, Sequence[float]]:
    """Milliseconds of every read, in turns, so that none has the quieter moment."""
    times: dict[str, list[float]] = {name: [] for name in paths}
    for number in range(ROUNDS + 5):
        for name, path in paths.items():
            began = time.perf_counter()
            await field.asking.read(path)
            if number >= 5:
                times[name].append((time.perf_counter() - began) * 1000)
    return dict(times)
