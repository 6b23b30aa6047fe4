"""How long it takes to say who would be woken first by each of five hundred services, in each of 24 hours.

Every service follows a policy of its own, whose two steps ask two schedules: a weekly one and one that changes hands
each day, as people have them. `hourly` has five hundred rotations of hours instead, the worst that there can be.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from bench.field import Field
from bench.figures import Figure

SERVICES = 500
PEOPLE = 50
GOAL_SECONDS = 3.0
HEARD_SECONDS = 60.0
ROUNDS = 3


async def measure(field: Field) -> list[Figure]:
    """The slowest of a few readings of the whole grid, as pages of 200 services."""
    for number in range(PEOPLE):
        person = f"woken-{number}"
        await field.asking.make("/users", {"id": person, "name": person, "email": f"{person}@example.org"})
    return [await _measure(field, "day"), await _measure(field, "hour")]


async def _measure(field: Field, unit: str) -> Figure:
    for number in range(SERVICES):
        await _make(field, unit, number)
    ending = time.monotonic() + HEARD_SECONDS
    while len(found := await _read(field, unit)) < SERVICES:
        if time.monotonic() > ending:
            raise RuntimeError(f"on-call has heard of {len(found)} services only")
        await asyncio.sleep(0.5)
    rows: list[dict[str, Any]] = []
    seconds: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        rows = await _read(field, unit)
        seconds.append(time.perf_counter() - began)
    hours = sum(len(one["hours"]) for one in rows)
    note = f"{hours:,} hours and parts of hours"
    return Figure(f"coverage of {SERVICES} services, 24 h, by the {unit}", max(seconds), "s", GOAL_SECONDS, note=note)


async def _make(field: Field, unit: str, number: int) -> None:
    """One service with its policy and its schedule."""
    name = f"woken-{unit}-{number:03}"
    people = [f"woken-{(number * 7 + place) % PEOPLE}" for place in range(6)]
    rotation = {"unit": "week" if unit == "day" and number % 2 else unit, "turn_length": 1}
    layer = {"name": "all", "starts_at": "2026-01-05T09:00:00", "rotation": rotation, "participants": people}
    await field.asking.make("/schedules", {"id": name, "name": name, "time_zone": "Europe/Berlin", "layers": [layer]})
    before = f"woken-{unit}-{max(number - 1, 0):03}"
    steps = [{"targets": [{"type": "schedule", "id": one}], "timeout_seconds": 300} for one in (name, before)]
    await field.asking.make("/escalation-policies", {"id": name, "name": name, "steps": steps})
    await field.asking.make("/services", {"id": name, "name": name, "escalation_policy_id": name})


async def _read(field: Field, unit: str) -> list[dict[str, Any]]:
    """The rows of these services; others are on the way there, and their time counts."""
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await field.asking.read(f"/on-call/coverage?limit=200{cursor}")
        rows += [one for one in page["items"] if one["service_id"].startswith(f"woken-{unit}-")]
        if page["next_cursor"] is None:
            return rows
        cursor = f"&cursor={page['next_cursor']}"
