"""The load generator: Debian's wrk in a process of its own, with one script for every peer."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("posts.lua")


@dataclass(frozen=True, slots=True)
class Load:
    """What a run of wrk did. `refused` counts answers that were not 2xx, `broken` what got no answer."""

    requests: int
    seconds: float
    refused: int
    broken: int
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Requests that were answered 2xx, per second."""
        return (self.requests - self.refused) / self.seconds


def post_for(seconds: int, url: str, bodies: Iterable[str], *, key: str | None = None, connections: int = 8) -> Load:
    """POST `bodies` (each one line) over and over on kept-alive connections; `key` is sent as a bearer token."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise FileNotFoundError("wrk is not installed: apt-get install wrk")
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(body + "\n" for body in bodies)
        file.flush()
        command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT), url]
        output = subprocess.run(
            [*command, "--", file.name, key or "-"], check=True, capture_output=True, text=True, timeout=seconds + 60
        ).stdout
    found = re.search(r"^RESULT (.*)$", output, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"wrk did not say what it did:\n{output}")
    said = json.loads(found[1])
    return Load(
        requests=said["requests"],
        seconds=said["microseconds"] / 1e6,
        refused=said["refused"],
        broken=said["broken"],
        p50_ms=said["p50_us"] / 1e3,
        p99_ms=said["p99_us"] / 1e3,
    )
