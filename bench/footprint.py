"""Start, memory and work of the whole stack: everything that `make run` starts, the supervisor included."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from pathlib import Path

from bench.figures import Figure
from deploy.local.stack import Stack

START_GOAL_SECONDS = 20.0
MEMORY_GOAL_MB = 1500.0


def start_figure(seconds: float) -> Figure:
    """From the command to `/readyz` 200."""
    return Figure("start to ready", seconds, "s", goal=START_GOAL_SECONDS, note="a fresh run directory")


def memory_figure(stack: Stack, when: str) -> Figure:
    """The proportional set size of all processes: shared pages are counted once."""
    by_part = megabytes(stack)
    largest = sorted(by_part.items(), key=lambda one: -one[1])[:3]
    note = ", ".join(f"{name} {size:.0f}" for name, size in largest)
    return Figure(f"memory {when}", sum(by_part.values()), "MB", goal=MEMORY_GOAL_MB, note=f"largest: {note}")


def work_between(before: dict[str, float], after: dict[str, float]) -> str:
    """Who spent how many seconds of processor time, the busiest first. It tells more than a rate on a busy machine."""
    spent = {name: seconds - before.get(name, 0.0) for name, seconds in after.items()}
    busiest = sorted(spent.items(), key=lambda one: -one[1])
    return f"{sum(spent.values()):.1f} s: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in busiest[:6])


def processor_seconds(stack: Stack) -> dict[str, float]:
    """Processor time of each part so far, by the name that its processes were started under."""
    by_part: defaultdict[str, float] = defaultdict(float)
    ticks = os.sysconf("SC_CLK_TCK")
    for process, name in stack.running().items():
        try:
            stat = Path(f"/proc/{process.pid}/stat").read_text()
        except OSError:
            continue  # it ended meanwhile
        fields = stat[stat.rindex(")") + 2 :].split()
        by_part[name] += (int(fields[11]) + int(fields[12])) / ticks
    return dict(by_part)


def forget_peaks(stack: Stack, part: str) -> None:
    """From now on `peak_megabytes` tells of what comes."""
    for process, name in stack.running().items():
        if name == part:
            Path(f"/proc/{process.pid}/clear_refs").write_text("5")


def peak_megabytes(stack: Stack, part: str) -> float:
    """The most resident memory that one process of a part had, and has by now at least."""
    peaks = [0.0]
    for process, name in stack.running().items():
        if name == part:
            found = re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text(), re.MULTILINE)
            peaks.append(int(found[1]) / 1024 if found else 0.0)
    return max(peaks)


def megabytes(stack: Stack) -> dict[str, float]:
    """By the name that a process was started under."""
    by_part: defaultdict[str, float] = defaultdict(float)
    for process, name in stack.running().items():
        try:
            text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        except OSError:
            continue  # it ended meanwhile
        found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
        by_part[name] += int(found[1]) / 1024 if found else 0
    return dict(by_part)
