"""Thousands of escalation steps due in the same second: how long until the last page is at its receiver.

A stack of its own, whose clocks can be pushed (`TOCSIN_TEST_CLOCK`): the incidents are opened at leisure, then an hour
passes at once and every second step is due. The same again with half of the workers killed meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench import footprint
from bench.connection import Connection
from bench.field import NO_LIMIT
from bench.figures import Figure
from deploy.local.stack import Stack
from shared.testing.webhook_sink import WebhookSink

GOAL_SECONDS = 10.0
GOAL_KILLED_SECONDS = 30.0
TIMEOUT_SECONDS = 3600
PATIENCE_SECONDS = 300
AT_ONCE = 8
HALF = ("oncall.2", "comms.2")


async def measure(hooks: WebhookSink, escalations: int) -> list[Figure]:
    """Both rows; `escalations` are due at once in each."""
    return [
        *await _measure(hooks, escalations, kill=()),
        *await _measure(hooks, escalations, kill=HALF),
    ]


async def _measure(hooks: WebhookSink, escalations: int, *, kill: Sequence[str]) -> list[Figure]:
    run_dir = Path(tempfile.mkdtemp(prefix="tocsin-bench-due-"))
    clock = run_dir / "clock"
    clock.write_text("0")
    env = {**NO_LIMIT, "TOCSIN_ENV": "test", "TOCSIN_TEST_CLOCK": str(clock)}
    stack = Stack(run_dir / "run", env=env, replicas={"oncall": 2, "comms": 2} if kill else {})
    try:
        await asyncio.to_thread(stack.start)
        town = _Town(stack, hooks, "killed" if kill else "whole")
        await town.set_up()
        await town.open(escalations)
        before = footprint.processor_seconds(stack)
        clock.write_text(str(TIMEOUT_SECONDS + 1))
        began = time.time()
        for name in kill:
            await asyncio.sleep(0.7)
            await asyncio.to_thread(stack.kill, name)
        pages = await town.told("manager", escalations)
        print(f"processor time {footprint.work_between(before, footprint.processor_seconds(stack))}", flush=True)
    finally:
        await asyncio.to_thread(stack.stop)
        shutil.rmtree(run_dir, ignore_errors=True)
    missing = escalations - len(pages)
    doubled = sum(pages.values()) - len(pages)
    note = "from due to the last page at its receiver" + (f", {', '.join(kill)} killed meanwhile" if kill else "")
    return [
        Figure(
            f"{escalations:,} steps due at once" + (", half the workers killed" if kill else ""),
            town.last_at - began,
            "s",
            goal=GOAL_KILLED_SECONDS if kill else GOAL_SECONDS,
            note=note + (f"; {missing} NEVER CAME" if missing else "") + (f"; {doubled} came twice" if doubled else ""),
        )
    ]


class _Town:
    """An engineer whose step lasts an hour, and a manager behind."""

    def __init__(self, stack: Stack, hooks: WebhookSink, name: str) -> None:
        self._stack = stack
        self._hooks = hooks
        self._name = name
        self.last_at = time.time()

    async def set_up(self) -> None:
        """Make the people, the policy and the service."""
        asking = Connection(self._stack.url, self._stack.admin_key)
        for person in ("engineer", "manager"):
            method = {"id": "hook", "channel": "webhook", "address": self._hooks.url(self._inbox(person))}
            body = {"id": person, "name": person, "email": f"{person}@example.org", "contact_methods": [method]}
            await asking.make("/users", body)
        steps = [
            {"targets": [{"type": "user", "id": "engineer"}], "timeout_seconds": TIMEOUT_SECONDS},
            {"targets": [{"type": "user", "id": "manager"}], "timeout_seconds": TIMEOUT_SECONDS},
        ]
        await asking.make("/escalation-policies", {"id": "policy", "name": "policy", "steps": steps})
        await asking.make("/services", {"id": "due", "name": "due", "escalation_policy_id": "policy"})
        asking.close()
        await asyncio.sleep(2)

    async def open(self, incidents: int) -> None:
        """Open so many incidents and wait until the engineer was told of each."""
        numbers = iter(range(incidents))

        async def work() -> None:
            connection = Connection(self._stack.url, self._stack.admin_key)
            for number in numbers:
                await connection.make("/incidents", {"title": f"due {number}", "service_id": "due"})
            connection.close()

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        await self.told("engineer", incidents)
        await asyncio.sleep(5)

    async def told(self, person: str, incidents: int) -> dict[str, int]:
        """Wait until so many different incidents were told to a person; how often each was."""
        patience = time.monotonic() + PATIENCE_SECONDS
        times: dict[str, int] = {}
        looked = 0
        while len(times) < incidents and time.monotonic() < patience:
            await asyncio.sleep(0.2)
            posts = self._hooks.to(self._inbox(person))
            for post in posts[looked:]:
                incident = json.loads(post.body)["incident"]["id"]
                times[incident] = times.get(incident, 0) + 1
                self.last_at = post.at
            looked = len(posts)
        return times

    def _inbox(self, person: str) -> str:
        return f"due-{self._name}-{person}"
