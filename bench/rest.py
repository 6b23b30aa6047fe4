"""What the whole stack costs: at rest, and for each new incident. Commands to the database come from the processes' own
counters, time from the kernel.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import urllib.request
from collections import defaultdict

from bench.figures import Figure
from bench.footprint import processor_seconds
from deploy.local.stack import Stack

SECONDS = 60
SETTLE_SECONDS = 10
COMMANDS_GOAL = 8.0
PERCENT_GOAL = 6.0
COMMANDS_EACH_GOAL = 20.0
MILLISECONDS_EACH_GOAL = 60.0
_COUNTER = re.compile(r"^tocsin_database_commands_total\{.*\} (\S+)$", re.MULTILINE)
_PARTS = ("broker", "broker_distribution", "epmd", "database")


def commands(stack: Stack) -> dict[str, float]:
    """How many commands each process has sent to the database so far."""
    ports = json.loads((stack.run_dir / "stack.json").read_text())["ports"]
    return {name: _commands_at(port) for name, port in ports.items() if name not in _PARTS}


def _commands_at(port: int) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return sum(float(count) for count in _COUNTER.findall(answer.read().decode()))


class Spent:
    """What the stack spends from when this is made."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._began = time.monotonic()
        self._commands, self._seconds = commands(stack), processor_seconds(stack)

    def seconds(self) -> float:
        """How long that is."""
        return time.monotonic() - self._began

    def commands(self) -> dict[str, float]:
        """Commands by process, the most first."""
        return _difference(self._commands, commands(self._stack))

    def processor_seconds(self) -> dict[str, float]:
        """Seconds of a processor by part, the most first."""
        return _difference(self._seconds, processor_seconds(self._stack))

    def each(self, many: int) -> list[Figure]:
        """What each of so many new incidents cost."""
        asked, worked = self.commands(), self.processor_seconds()
        return [
            Figure(
                "commands a new incident", sum(asked.values()) / many, "", COMMANDS_EACH_GOAL, note=_parts(asked, many)
            ),
            Figure(
                "processor a new incident",
                sum(worked.values()) * 1000 / many,
                "ms",
                MILLISECONDS_EACH_GOAL,
                note=_parts(worked, many / 1000),
            ),
        ]


async def measure(stack: Stack) -> list[Figure]:
    """A minute in which nobody asks for anything."""
    await asyncio.sleep(SETTLE_SECONDS)
    spent = Spent(stack)
    await asyncio.sleep(SECONDS)
    seconds, asked, worked = spent.seconds(), spent.commands(), spent.processor_seconds()
    percent = sum(worked.values()) * 100 / seconds
    return [
        Figure("commands at rest", sum(asked.values()) / seconds, "/s", COMMANDS_GOAL, note=_parts(asked, seconds)),
        Figure("processor at rest", percent, "% of a core", PERCENT_GOAL, note=_parts(worked, seconds / 100)),
    ]


def _difference(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    spent: defaultdict[str, float] = defaultdict(float)
    for name, count in after.items():
        spent[name] += count - before.get(name, 0.0)
    return dict(sorted(spent.items(), key=lambda one: -one[1]))


def _parts(spent: dict[str, float], by: float) -> str:
    return ", ".join(f"{name} {count / by:.1f}" for name, count in list(spent.items())[:6])
