"""How long each tier may take, and what is said of it at the end of each run, with the ten slowest tests.

A budget is in seconds from a tier's first test to its last on two processors that do nothing else. Over budget is said,
not failed: how busy the machine is, is nobody's fault. What ends a run that does not end is its limit (`tests/limits`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

BUDGETS = {
    "unit": 60,
    "contract": 60,
    "architecture": 30,
    "integration": 390,
    "scenarios": 270,
    "chaos": 220,
    "cluster": 600,
    "compose": 600,
    "browser": 120,
}
LIMIT_FACTOR, LEAST_LIMIT = 4, 900
"""A run that takes so many times the budgets of its tiers is ended, but not before so many seconds: the machine may be
busy with something else."""
SLOWEST = 10


class Durations:
    """What the tests of this run took, setup and teardown included."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = defaultdict(float)
        self._spans: dict[str, tuple[float, float]] = {}

    def add(self, report: pytest.TestReport) -> None:
        """Count one phase of one test."""
        self._seconds[report.nodeid] += report.duration
        if not report.start:  # made by the run itself, of a test whose worker died
            return
        tier = tier_of(report.nodeid)
        first, last = self._spans.get(tier, (report.start, report.stop))
        self._spans[tier] = min(first, report.start), max(last, report.stop)

    def tiers(self) -> list[str]:
        """One line for each tier that ran."""
        lines = []
        for tier in (*(name for name in BUDGETS if name in self._spans), *(self._spans.keys() - BUDGETS.keys())):
            first, last = self._spans[tier]
            took, budget = last - first, BUDGETS.get(tier)
            tests = [seconds for test, seconds in self._seconds.items() if tier_of(test) == tier]
            of = "no budget" if budget is None else f"of {budget} s" + (", OVER BUDGET" if took > budget else "")
            lines.append(f"{tier:<13}{took:6.0f} s {of} ({len(tests)} tests, {sum(tests):.0f} s one after the other)")
        return lines

    def slowest(self) -> list[str]:
        """One line for each of the ten slowest, when there were more."""
        by_time = sorted(self._seconds.items(), key=lambda item: -item[1])
        return [f"{seconds:8.1f} s  {test}" for test, seconds in by_time[:SLOWEST]] if len(by_time) > SLOWEST else []


def tier_of(test: str) -> str:
    """The folder of `tests/` in which a test or a path lies, "" for none and for `tests/` itself."""
    parts = Path(test.partition("::")[0]).parts
    return parts[parts.index("tests") + 1] if "tests" in parts[:-1] else ""


def limit_of(paths: Iterable[str]) -> float:
    """The seconds after which a run of these paths is ended: of all tiers where one names none."""
    tiers = {tier_of(path) for path in paths} or {""}
    budgets = BUDGETS.values() if "" in tiers else [BUDGETS.get(tier, max(BUDGETS.values())) for tier in tiers]
    return float(max(LEAST_LIMIT, LIMIT_FACTOR * sum(budgets)))


@pytest.hookimpl
def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Reporter(), "tocsin-budgets")


class Reporter:
    """Only in the run's first process, which hears of every test."""

    def __init__(self) -> None:
        self._durations = Durations()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._durations.add(report)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if lines := self._durations.tiers():
            terminalreporter.section("time, from the first test to the last")
            for line in (*lines, *self._durations.slowest()):
                terminalreporter.write_line(line)
