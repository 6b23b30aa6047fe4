"""What the sandbox for scripts costs: how long one stands, how many a second, and how much memory each takes.

Without a stack: the place where scripts run needs neither broker nor database.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from bench.figures import Figure, percentile
from services.automation.sandbox.sandbox import AT_ONCE, Sandbox
from services.automation.scripts.job import ScriptEnd, ScriptJob, ScriptOutcome

ALONE, TOGETHER = 100, 200
WARM_UP = 5


class Unheard:
    """Output that nobody wants."""

    async def write(self, chunk: bytes) -> None:
        """Forget it."""


async def measure() -> list[Figure]:
    """The figures; one that says why where this machine makes no sandbox."""
    sandbox = Sandbox()
    await sandbox.look()
    if not sandbox.is_on:
        return [Figure("sandbox", 0, "scripts/s", note=sandbox.words)]
    for _ in range(WARM_UP):
        await _run(sandbox, "true")
    alone = [await _timed(sandbox) for _ in range(ALONE)]
    began = time.perf_counter()
    await asyncio.gather(*(_run(sandbox, "true") for _ in range(TOGETHER)))
    rate = TOGETHER / (time.perf_counter() - began)
    return [
        Figure("sandbox, a script that is `true`, p50", percentile(alone, 0.5) * 1000, "ms", note=sandbox.words),
        Figure("sandbox, p99", percentile(alone, 0.99) * 1000, "ms"),
        Figure("sandbox, scripts a second", rate, "scripts/s", note=f"{AT_ONCE} at once"),
        Figure("sandbox, memory that stands by one script", await _memory(sandbox), "MB", note="its own processes"),
    ]


async def _timed(sandbox: Sandbox) -> float:
    began = time.perf_counter()
    await _run(sandbox, "true")
    return time.perf_counter() - began


async def _run(sandbox: Sandbox, script: str) -> ScriptEnd:
    end = await sandbox.run(ScriptJob("bench", script), Unheard())
    if end.outcome is not ScriptOutcome.EXITED or end.exit_code != 0:
        raise RuntimeError(f"the script did not run: {end}")
    return end


async def _memory(sandbox: Sandbox) -> float:
    """MB of this process's children and theirs while a script sleeps, each page counted where it is not shared."""
    running = asyncio.create_task(_run(sandbox, "sleep 1"))
    await asyncio.sleep(0.7)
    total = await asyncio.to_thread(_proportional_kilobytes)
    await running
    return total / 1024


def _proportional_kilobytes() -> int:
    total, waiting = 0, _children("self")
    while waiting:
        pid = waiting.pop()
        waiting += _children(pid)
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total


def _children(pid: str) -> list[str]:
    return [one for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()]
