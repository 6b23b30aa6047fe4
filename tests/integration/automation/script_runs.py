"""Scripts that tests run, and what they said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from services.automation.scripts.job import Interpreter, ScriptEnd, ScriptJob, ScriptLimits
from services.automation.scripts.place import ScriptPlace


class Said:
    """Keeps what a script says."""

    def __init__(self) -> None:
        self.bytes = b""

    async def write(self, chunk: bytes) -> None:
        self.bytes += chunk

    @property
    def text(self) -> str:
        return self.bytes.decode(errors="replace")


def make_job(script: str, **changes: Any) -> ScriptJob:
    """A job with ten seconds of time."""
    return replace(ScriptJob("step", script, limits=ScriptLimits(seconds=10)), **changes)


def make_python(script: str, **changes: Any) -> ScriptJob:
    return make_job(script, interpreter=Interpreter.PYTHON, **changes)


async def run(place: ScriptPlace, job: ScriptJob) -> tuple[ScriptEnd, str]:
    """How it ended, and what it said."""
    said = Said()
    end = await place.run(job, said)
    print(end, said.text[:1000])  # seen when a test fails
    return end, said.text


def pids_of(mark: str) -> list[int]:
    """The processes of this machine in whose command line this stands."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def status_of(pid: int) -> str:
    """What the kernel tells of a process of this machine; nothing of one that has ended."""
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return ""
