"""What the whole stack spends between two looks: commands to its databases, by the processes' own counters, and time of
its processors, by the kernel's.

What it would have spent anyway, with nobody asking for anything, is measured before and left out (`Cost.beside`): for
what is spent at rest there are figures of their own (`bench.rest`).
"""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from bench.figures import Figure
from bench.footprint import processor_seconds
from deploy.local.stack import Stack

COMMANDS_EACH_GOAL = 20.0
MOST_COMMANDS = 12
"""So many commands of a process are named, the most frequent first."""
_COUNTER = re.compile(r'^tocsin_database_commands_total\{collection="([^"]*)",command="([^"]*)"\} (\S+)$', re.MULTILINE)
_PARTS = ("broker", "broker_distribution", "epmd", "database")

Command = tuple[str, str, str]
"""The process that sent it, the collection that it was about, and its name."""
_Key = TypeVar("_Key", str, Command)


@dataclass(frozen=True, slots=True)
class Cost:
    """What was spent in `seconds`: commands, and seconds of a processor by the part that spent them."""

    seconds: float
    commands: Mapping[Command, float]
    worked: Mapping[str, float]

    def beside(self, rest: Cost) -> Cost:
        """Without what is spent in as many seconds at rest."""
        share = self.seconds / rest.seconds
        return Cost(
            self.seconds,
            {key: count - share * rest.commands.get(key, 0.0) for key, count in self.commands.items()},
            {key: spent - share * rest.worked.get(key, 0.0) for key, spent in self.worked.items()},
        )

    def commands_of(self) -> dict[str, float]:
        """Commands by process, the most first."""
        by_process: defaultdict[str, float] = defaultdict(float)
        for (process, _, _), count in self.commands.items():
            by_process[process] += count
        return _most_first(by_process)


class Spending:
    """What the stack spends from when this is made.

    Commands are asked for before the processors' time, and after it at the end: what asking costs is not in it.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._commands = commands(stack)
        self._worked = processor_seconds(stack)
        self._began = time.monotonic()

    def cost(self) -> Cost:
        """What was spent up to now."""
        seconds = time.monotonic() - self._began
        worked = _difference(self._worked, processor_seconds(self._stack))
        return Cost(seconds, _difference(self._commands, commands(self._stack)), worked)


def commands(stack: Stack) -> dict[Command, float]:
    """How many commands of each kind each process has sent to the database so far."""
    ports = json.loads((stack.run_dir / "stack.json").read_text())["ports"]
    found: dict[Command, float] = {}
    for name, port in ports.items():
        if name not in _PARTS:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                text = answer.read().decode()
            found |= {
                (name, collection, command): float(count) for collection, command, count in _COUNTER.findall(text)
            }
    return found


def each(cost: Cost, many: int, goal_ms: float) -> list[Figure]:
    """What each of so many new incidents cost, as a whole and part by part."""
    asked, worked = cost.commands_of(), _most_first(cost.worked)
    figures = [
        Figure("commands a new incident", sum(asked.values()) / many, "", COMMANDS_EACH_GOAL, note=parts(asked, many))
    ]
    figures += [
        Figure(f"  commands of {process}", count / many, "", note=_named(cost, process, many))
        for process, count in asked.items()
        if count / many >= 0.1
    ]
    figures.append(
        Figure(
            "processor a new incident",
            sum(worked.values()) * 1000 / many,
            "ms",
            goal_ms,
            note=parts(worked, many / 1000),
        )
    )
    return figures


def parts(spent: Mapping[str, float], by: float) -> str:
    """The parts that spent the most, and each one's share."""
    return ", ".join(f"{name} {count / by:.1f}" for name, count in list(spent.items())[:8])


def _named(cost: Cost, process: str, many: int) -> str:
    its = {
        f"{collection or '-'} {command}": count
        for (who, collection, command), count in cost.commands.items()
        if who == process and count / many >= 0.05
    }
    return ", ".join(f"{name} {count / many:.2f}" for name, count in list(_most_first(its).items())[:MOST_COMMANDS])


def _difference(before: Mapping[_Key, float], after: Mapping[_Key, float]) -> dict[_Key, float]:
    return {name: count - before.get(name, 0.0) for name, count in after.items()}


def _most_first(spent: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(spent.items(), key=lambda one: -one[1]))
