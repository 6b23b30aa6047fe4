"""How many readers a second the public status page answers, from the gateway's copy."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess

from bench.field import Field
from bench.figures import Figure

GOAL = 1_000
SLUG = "bench"
COMPONENTS = 10


async def measure(field: Field, seconds: int) -> list[Figure]:
    """GET of one page with ten components, by sixteen readers on kept connections."""
    components = [{"id": f"c{number}", "name": f"Component {number}"} for number in range(COMPONENTS)]
    await field.asking.make("/status-pages", {"slug": SLUG, "name": "Bench", "components": components})
    output = await asyncio.to_thread(_load, f"{field.url}/status/{SLUG}", seconds)
    rate = re.search(r"Requests/sec:\s*([\d.]+)", output)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    if rate is None or refused is not None:
        raise RuntimeError(f"the status page was not answered as it should be:\n{output}")
    note = f"{COMPONENTS} components, from the gateway's copy"
    return [Figure("public status page", float(rate[1]), "requests/s", goal=GOAL, more_is_better=True, note=note)]


def _load(url: str, seconds: int) -> str:
    wrk = shutil.which("wrk")
    if wrk is None:
        raise FileNotFoundError("wrk is not installed: apt-get install wrk")
    command = [wrk, "-t1", "-c16", f"-d{seconds}s", url]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 60).stdout
