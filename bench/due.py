"""Thousands of escalation steps due in the same second: how long until the last page is at its receiver.

A stack of its own with two of each worker, whose clocks can be pushed (`TOCSIN_TEST_CLOCK`). One incident is opened by
the API; what was stored of it is multiplied in the databases, under other numbers. Then an hour passes at once and each
second step is due; another hour, and every third step is, while one of each two workers is killed.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import footprint
from bench.field import NO_LIMIT, Field
from bench.figures import Figure
from deploy.local.stack import Stack
from services.incident.numbering.incident_ids import day_of, incident_id, rank_of
from shared.testing.webhook_sink import WebhookSink

GOAL_SECONDS = 10.0
GOAL_KILLED_SECONDS = 30.0
TIMEOUT_SECONDS = 3600
PATIENCE_SECONDS = 120
CHUNK = 500
HALF = ("oncall.2", "comms.2")
PEOPLE = ("engineer", "manager", "director")

Document = dict[str, Any]


async def measure(hooks: WebhookSink, escalations: int) -> list[Figure]:
    """Both rows; `escalations` are due at once in each."""
    run_dir = Path(tempfile.mkdtemp(prefix="tocsin-bench-due-"))
    clock = run_dir / "clock"
    clock.write_text("0")
    env = {**NO_LIMIT, "TOCSIN_ENV": "test", "TOCSIN_TEST_CLOCK": str(clock)}
    stack = Stack(run_dir / "run", env=env, replicas={"oncall": 2, "comms": 2})
    try:
        await asyncio.to_thread(stack.start)
        town = _Town(stack, hooks, clock)
        await town.set_up()
        await town.multiply(await town.open(), escalations)
        whole = await town.step(1, escalations, GOAL_SECONDS, kill=())
        await Field(stack, hooks).settled()
        return [whole, await town.step(2, escalations, GOAL_KILLED_SECONDS, kill=HALF)]
    finally:
        await asyncio.to_thread(stack.stop)
        shutil.rmtree(run_dir, ignore_errors=True)


class _Town:
    """Three people, one behind the other; each step lasts an hour."""

    def __init__(self, stack: Stack, hooks: WebhookSink, clock: Path) -> None:
        self._stack = stack
        self._field = Field(stack, hooks)
        self._hooks = hooks
        self._clock = clock

    async def set_up(self) -> None:
        """Make the people, the policy and the service."""
        make = self._field.asking.make
        for person in PEOPLE:
            method = {"id": "hook", "channel": "webhook", "address": self._hooks.url(f"due-{person}")}
            body = {"id": person, "name": person, "email": f"{person}@example.org", "contact_methods": [method]}
            await make("/users", body)
        steps = [{"targets": [{"type": "user", "id": person}], "timeout_seconds": TIMEOUT_SECONDS} for person in PEOPLE]
        await make("/escalation-policies", {"id": "policy", "name": "policy", "steps": steps})
        await make("/services", {"id": "due", "name": "due", "escalation_policy_id": "policy", "urgency": "high"})
        await asyncio.sleep(2)

    async def open(self) -> str:
        """Open the incident and return its id once the engineer was told and all of it is written down."""
        # of low priority: with the hour that passes none of the clocks of its agreement runs out beside the step
        body = {"title": "the one that is multiplied", "service_id": "due", "priority": "low"}
        await self._field.asking.make("/incidents", body)
        await self._told(PEOPLE[0], 1)
        await asyncio.sleep(3)
        incident: str = (await self._field.incidents("due"))[0]["id"]
        return incident

    async def multiply(self, source: str, incidents: int) -> None:
        """Store what the services know of the incident again and again, until there are so many."""
        async with self._field.database("incident") as database:
            first = await database.incidents.find_one({"_id": source})
            day = day_of(first["created_at"] - timedelta(days=1))
            keys = [incident_id(day, number) for number in range(1, incidents)]
            await _insert(database.incidents, [first | {"_id": key, "open_rank": rank_of(key)} for key in keys])
        async with self._field.database("oncall") as database:
            first = await database.escalations.find_one({"_id": source})
            copies = [first | {"_id": key, "incident": first["incident"] | {"id": key}} for key in keys]
            await _insert(database.escalations, copies)
        async with self._field.database("comms") as database:
            first = await database.incidents.find_one({"_id": source})
            await _insert(database.incidents, [first | {"_id": k, "data": first["data"] | {"id": k}} for k in keys])

    async def step(self, number: int, incidents: int, goal: float, *, kill: Sequence[str]) -> Figure:
        """Let the `number`th timeout pass in every incident and wait for the pages of the step behind it."""
        before = footprint.processor_seconds(self._stack)
        self._clock.write_text(str(number * (TIMEOUT_SECONDS + 1) + 60 * number))
        began = time.time()
        for name in kill:
            await asyncio.sleep(0.7)
            await asyncio.to_thread(self._stack.kill, name)
        pages, last_at = await self._told(PEOPLE[number], incidents)
        print(f"processor time {footprint.work_between(before, footprint.processor_seconds(self._stack))}", flush=True)
        missing = incidents - len(pages)
        doubled = sum(pages.values()) - len(pages)
        note = "from due to the last page at its receiver" + (f", {', '.join(kill)} killed meanwhile" if kill else "")
        note += f"; {missing} did not come within {PATIENCE_SECONDS} s" if missing else ""
        return Figure(
            f"{incidents:,} steps due at once" + (", half the workers killed" if kill else ""),
            last_at - began,
            "s",
            goal=goal,
            note=note + (f"; {doubled} came twice" if doubled else ""),
        )

    async def _told(self, person: str, incidents: int) -> tuple[dict[str, int], float]:
        """Wait until so many different incidents were told to a person; how often each was, and when the last."""
        patience = time.monotonic() + PATIENCE_SECONDS
        times: dict[str, int] = {}
        looked, last_at = 0, time.time()
        while len(times) < incidents and time.monotonic() < patience:
            await asyncio.sleep(0.2)
            posts = self._hooks.to(f"due-{person}")
            for post in posts[looked:]:
                incident = json.loads(post.body)["incident"]["id"]
                times[incident] = times.get(incident, 0) + 1
                last_at = post.at
            looked = len(posts)
        return times, last_at if len(times) == incidents else time.time()


async def _insert(collection: Any, documents: Sequence[Document]) -> None:
    for start in range(0, len(documents), CHUNK):
        await collection.insert_many(documents[start : start + CHUNK], ordered=False)
